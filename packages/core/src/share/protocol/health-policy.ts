import { decodePolicy, encodePolicy, ratio, whole } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'

/**
 * When an endpoint of a service is ejected and comes back, as a circuit opens and closes; and how many may be away at
 * once.
 */
export interface HealthPolicy extends BreakerPolicy {
  /** At most this share of the known endpoints is ejected at once. */
  readonly maximumEjectedRatio: number
  /** At least so many endpoints stay in use. */
  readonly minimumHealthy: number
  /** Milliseconds that a standby stays in use, at least, before the primary that is well again takes over. */
  readonly dwellMs: number
}

/** After the fields of a circuit's policy, in the order in which they travel. */
const fields = ['maximumEjectedRatio', 'minimumHealthy', 'dwellMs'] as const

/** As `encodePolicy` writes it, with three numbers more. */
export function encodeHealthPolicy(policy: HealthPolicy): string {
  return [encodePolicy(policy), ...fields.map((field) => policy[field])].join(',')
}

/** Undefined where the text is no policy. */
export function decodeHealthPolicy(text: string): HealthPolicy | undefined {
  const parts = text.split(',')
  const circuit = decodePolicy(parts.slice(0, -fields.length).join(','))
  const [ejected = '', healthy = '', dwell = ''] = parts.slice(-fields.length)
  const own = { maximumEjectedRatio: ratio(ejected), minimumHealthy: whole(healthy), dwellMs: whole(dwell) }
  if (circuit === undefined || Object.values(own).some(Number.isNaN)) return undefined
  return { ...circuit, ...own }
}
