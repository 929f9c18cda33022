import { ringSize } from './breaker-policy.ts'
import type { Ring } from './ring.ts'

/** What is known of an instance that has reported. */
interface Reporter {
  /** The number of its last report. */
  readonly sequence: number
  /** The second, on the server's clock, in which that came. */
  readonly second: number
}

/** By the instance. */
export type Reporters = Readonly<Record<string, Reporter>>

/** Whether it is time to forget what has gone out of use. */
export function isTidyingAt(sequence: number): boolean {
  return sequence % 256 === 0
}

/** Those that have been silent for a whole window report no longer. */
export function withoutSilent(
  reporters: Reporters,
  { bucketMs }: Pick<Ring, 'bucketMs'>,
  now: number,
): Reporters {
  const seconds = Math.ceil((ringSize * bucketMs) / 1_000) + 1
  const lately = Math.floor(now / 1_000)
  const heard = Object.entries(reporters).filter(([, { second }]) => Math.abs(lately - second) <= seconds)
  return Object.fromEntries(heard)
}
