import { absurdMs } from './status.ts'

/**
 * When a shared circuit opens and closes: what an instance sends along, so that the server needs no configuration. All
 * but the ratios are whole numbers.
 */
export interface BreakerPolicy {
  /** The highest ever sent wins: who sends a lower one is judged by the rules that came with the highest. */
  readonly version: number
  /** Milliseconds of one of the ten buckets of the window. */
  readonly bucketMs: number
  readonly minimumCalls: number
  readonly failureRatio: number
  /** Over the current bucket and the one before; above 1: no such rule. */
  readonly burstRatio: number
  readonly openMs: number
  readonly maximumOpenMs: number
  readonly probes: number
  readonly probeSuccesses: number
  readonly probeLeaseMs: number
  /** The share of the reporting instances that must have seen failures, and its bounds. */
  readonly quorumRatio: number
  readonly quorumMinimum: number
  readonly quorumMaximum: number
}

/** How many buckets a shared window has. */
export const ringSize = 10

/** In the order in which they travel. */
const fields = [
  'version',
  'bucketMs',
  'minimumCalls',
  'failureRatio',
  'burstRatio',
  'openMs',
  'maximumOpenMs',
  'probes',
  'probeSuccesses',
  'probeLeaseMs',
  'quorumRatio',
  'quorumMinimum',
  'quorumMaximum',
] as const satisfies readonly (keyof BreakerPolicy)[]

const ratios: readonly string[] = [
  'failureRatio',
  'burstRatio',
  'quorumRatio',
] satisfies (typeof fields)[number][]

/** Numbers with commas between, such as `1,1000,20,0.5,…`. */
export function encodePolicy(policy: BreakerPolicy): string {
  return fields.map((field) => policy[field]).join(',')
}

/** Undefined where the text is no policy. */
export function decodePolicy(text: string): BreakerPolicy | undefined {
  const parts = text.split(',')
  const values = fields.map((field, index) => (ratios.includes(field) ? ratio : whole)(parts[index] ?? ''))
  if (parts.length !== fields.length || values.some(Number.isNaN)) return undefined
  // Every field has its number.
  const policy = Object.fromEntries(
    fields.map((field, index) => [field, values[index]]),
  ) as unknown as BreakerPolicy
  return policy.bucketMs > 0 ? policy : undefined
}

/** `NaN` where the text is no whole number. */
export function whole(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(value) ? value : NaN
}

/** `NaN` where the text is no ratio. */
export function ratio(text: string): number {
  const value = /^\d[\d.e-]*$/.test(text) ? Number(text) : NaN
  return Number.isFinite(value) ? value : NaN
}

/** The longest that a circuit may be open: by its rules, and by what a message can say. */
export function longestOpenMs({ maximumOpenMs }: BreakerPolicy): number {
  return Math.min(maximumOpenMs, absurdMs)
}

/** How many distinct instances must have seen failures when `reporters` report. */
export function quorumOf(reporters: number, policy: BreakerPolicy): number {
  const share = Math.ceil(policy.quorumRatio * reporters)
  return Math.min(reporters, Math.max(policy.quorumMinimum, Math.min(policy.quorumMaximum, share)))
}
