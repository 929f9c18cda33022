import type { OverrideReply } from './protocol/look.ts'

/** What an operator says of a circuit in all instances. */
export interface FleetOverride {
  /** `shadow`: decided but not enforced. */
  readonly state: 'open' | 'closed' | 'shadow'
  /** On this instance's clock. */
  readonly until: number
  /** Empty until it has been read. */
  readonly by: string
  readonly reason: string
}

/** The override of the highest epoch heard of. It ends by itself. */
export class OverrideView {
  current: FleetOverride | undefined
  #epoch = 0
  #learnedAt = -Infinity

  /**
   * Whether anything has changed. `askedAt`: since when it has held, where it was asked for. What was said after the server
   * had lost what this instance knows may have a smaller epoch, and is news all the same.
   */
  learn(
    { epoch, state, remainingMs, by, why: reason }: OverrideReply,
    now: number,
    askedAt: number = -Infinity,
  ): boolean {
    const before = this.current
    if (epoch < this.#epoch && (epoch === 0 || askedAt <= this.#learnedAt)) return false
    const news = epoch !== this.#epoch
    if (news) this.#learnedAt = now
    this.#epoch = epoch
    if (state === 'none') {
      this.current = undefined
      return before !== undefined
    }
    // Told twice of one epoch, it never lasts longer; but who and why may be known only now.
    const until = Math.min(now + remainingMs, news ? Infinity : (before?.until ?? Infinity))
    this.current = { state, until, by, reason }
    return news || before?.reason !== reason
  }

  /** Whether it has just ended. */
  ended(now: number): boolean {
    if (this.current === undefined || now < this.current.until) return false
    this.current = undefined
    return true
  }
}
