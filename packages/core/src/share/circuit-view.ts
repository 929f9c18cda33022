import type { CircuitReply } from './protocol/flush.ts'
import type { Claim, Status } from './protocol/status.ts'

/** What one instance knows of a circuit that the fleet shares: the state of the highest epoch that it has heard of. */
export class CircuitView {
  epoch = 0
  status: Status = 'closed'
  openings = 0
  /** When the server last said anything of it, on the instance's own clock; `-Infinity` before it ever did. */
  heardAt: number = -Infinity
  /** When it learned of this epoch. */
  learnedAt: number = -Infinity
  #until = -Infinity

  claim(now: number): Claim {
    const { epoch, status, openings } = this
    return { epoch, status, remainingMs: Math.ceil(this.remainingMs(now)), openings }
  }

  /** How long an open circuit stays open yet. */
  remainingMs(now: number): number {
    return this.status === 'open' ? Math.max(0, this.#until - now) : 0
  }

  /** Takes over what is news. Whether it was. */
  learn(reply: Omit<CircuitReply, 'type'>, now: number): boolean {
    const { epoch, status, openings, remainingMs } = reply
    const news = epoch !== this.epoch
    this.heardAt = now
    // Within an epoch an opening never gets longer: what was told late is made up for. But who thought it over and is told
    // that it is not must wait.
    const until = now + remainingMs
    if (news || this.remainingMs(now) === 0 || until < this.#until) this.#until = until
    if (!news) return false
    this.learnedAt = now
    this.epoch = epoch
    this.status = status
    this.openings = openings
    return true
  }
}
