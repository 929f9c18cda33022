/** When a shared circuit opens and closes: what an instance sends along, so that the server needs no configuration. */
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

/** Numbers with commas between, such as `1,1000,20,0.5,…`. */
export function encodePolicy(policy: BreakerPolicy): string {
  return fields.map((field) => policy[field]).join(',')
}

/** Undefined where the text is no policy. */
export function decodePolicy(text: string): BreakerPolicy | undefined {
  const values = text.split(',').map((part) => (/^\d+(\.\d+)?(e-\d+)?$/.test(part) ? Number(part) : NaN))
  if (values.length !== fields.length || values.some((value) => !Number.isFinite(value))) return undefined
  // Every field has its number.
  return Object.fromEntries(fields.map((field, index) => [field, values[index]])) as unknown as BreakerPolicy
}

/** How many distinct instances must have seen failures when `reporters` report. */
export function quorumOf(reporters: number, policy: BreakerPolicy): number {
  const share = Math.ceil(policy.quorumRatio * reporters)
  return Math.min(reporters, Math.max(policy.quorumMinimum, Math.min(policy.quorumMaximum, share)))
}
