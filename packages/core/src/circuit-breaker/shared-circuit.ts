import type { Host } from '../host.ts'
import type { BreakerPolicy } from '../share/protocol/breaker-policy.ts'
import type { CircuitWatcher } from '../share/shared-breaker.ts'
import { ringSize } from '../share/protocol/breaker-policy.ts'
import type { CircuitBreakerEvent } from './event.ts'
import type { Circuit } from './circuit.ts'
import type { Settings } from './options.ts'

/** Whose circuit it is. */
interface FleetCircuitOwner {
  readonly name: string
  readonly settings: Settings
  overridden(): void
}

/** A window by calls has no length in time, which a fleet needs. */
const defaultWindowMs = 10_000

/** By which rules a fleet judges a circuit of such settings. */
export function policyFrom(settings: Settings): BreakerPolicy {
  const { window, burst, shared } = settings
  const { version = 0, quorum = {} } = shared === false ? {} : shared
  const windowMs = window.type === 'time' ? (window.durationMs ?? defaultWindowMs) : defaultWindowMs
  return {
    version,
    bucketMs: Math.max(1, Math.round(windowMs / ringSize)),
    minimumCalls: settings.minimumCalls,
    failureRatio: settings.failureRatio,
    burstRatio: burst === false ? 2 : burst.failureRatio,
    openMs: Math.round(settings.openMs),
    maximumOpenMs: Math.round(settings.maximumOpenMs),
    probes: settings.probes,
    probeSuccesses: settings.probeSuccesses,
    probeLeaseMs: Math.round(settings.probeLeaseMs),
    quorumRatio: quorum.ratio ?? 0.1,
    quorumMinimum: quorum.minimum ?? 2,
    quorumMaximum: quorum.maximum ?? 20,
  }
}

/** Whether a circuit of such settings has anything to say to a fleet. */
export function takesPart({ shared, mode }: Settings): boolean {
  return shared !== false && mode !== 'off'
}

/** Joins a circuit to the fleet's of the same name, if its pipeline has a share and it is to take part. */
export function joinFleet(circuit: Circuit, owner: FleetCircuitOwner, host: Host): void {
  const { sharing } = host
  const { name: policy, settings } = owner
  if (sharing === undefined || !takesPart(settings)) return
  const { endpoint } = circuit
  const names = [...sharing.names, policy, ...(endpoint === undefined ? [] : [endpoint])]
  const subject = endpoint === undefined ? {} : { endpoint: { id: endpoint } }
  const watcher: CircuitWatcher = {
    adopted: (status, remainingMs, openings) =>
      circuit.follow(status, remainingMs, openings, host.clock.now(), owner.settings),
    overridden: (override) => {
      owner.overridden()
      const event: CircuitBreakerEvent = { type: 'circuit.overridden', policy, override }
      if (host.observed) host.emit(event, subject)
    },
    notify: (event) => {
      if (host.observed) host.emit({ ...event, policy }, subject)
    },
  }
  const joined = sharing.share.parts.breaker(names, policyFrom(settings), watcher)
  if (joined !== undefined) circuit.join(joined)
}
