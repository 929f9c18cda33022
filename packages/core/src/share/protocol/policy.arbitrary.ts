import type { BreakerPolicy } from './breaker-policy.ts'
import type { HealthPolicy } from './health-policy.ts'

/** What a breaker sends whose options are all left to their defaults. */
export const usualPolicy: BreakerPolicy = {
  version: 0,
  bucketMs: 1_000,
  minimumCalls: 20,
  failureRatio: 0.5,
  burstRatio: 0.9,
  openMs: 1_000,
  maximumOpenMs: 15_000,
  probes: 3,
  probeSuccesses: 2,
  probeLeaseMs: 30_000,
  quorumRatio: 0.1,
  quorumMinimum: 2,
  quorumMaximum: 20,
}

/** The same for the endpoints of a service. */
export const usualHealthPolicy: HealthPolicy = {
  ...usualPolicy,
  maximumEjectedRatio: 0.5,
  minimumHealthy: 1,
  dwellMs: 30_000,
}
