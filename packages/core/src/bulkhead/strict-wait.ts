import type { Call } from '../call.ts'
import type { SharedPermits } from '../share/shared-permits.ts'
import { Wait } from '../wait.ts'
import type { Permits } from './permits.ts'

/** What a call holds that the fleet was asked about: a permit of the fleet, or none where that did not answer. */
export class StrictTicket {
  readonly permits: Permits
  readonly shared: SharedPermits
  readonly token: string | undefined

  constructor(permits: Permits, shared: SharedPermits, token: string | undefined) {
    this.permits = permits
    this.shared = shared
    this.token = token
  }

  release(): void {
    if (this.token !== undefined) this.shared.release(this.token)
  }
}

/** Decides what the fleet does not. */
export interface StrictOwner {
  /** The fleet has no permit left. */
  denied(wait: StrictWait, now: number): void
  /** The fleet has not answered in time. */
  unheard(wait: StrictWait, now: number): void
}

/** A call that waits for the fleet's permit, for so long at most. Whatever becomes of it, no permit is left behind. */
export class StrictWait extends Wait {
  readonly permits: Permits
  readonly shared: SharedPermits
  readonly call: Call
  readonly #owner: StrictOwner
  readonly #token: string

  constructor(permits: Permits, shared: SharedPermits, call: Call, owner: StrictOwner) {
    super()
    this.permits = permits
    this.shared = shared
    this.call = call
    this.#owner = owner
    this.#token = shared.acquire((granted) => this.#answered(granted, call.clock.now()))
  }

  #answered(granted: boolean | undefined, now: number): void {
    if (granted === false) {
      if (!this.over) this.#owner.denied(this, now)
      return
    }
    if (this.over || granted === undefined) this.shared.release(this.#token)
    if (this.over) return
    if (granted === undefined) return this.#owner.unheard(this, now)
    this.shared.hold(this.#token)
    this.admit(this.#token, now)
  }

  /** Lets the call in, with or without a permit of the fleet. */
  admit(token: string | undefined, now: number): void {
    const ticket = new StrictTicket(this.permits, this.shared, token)
    this.permits.give(now)
    if (this.grant(ticket, now)) return
    this.permits.takeBack(now)
    ticket.release()
  }

  override fire(now: number): void {
    this.#owner.unheard(this, now)
  }

  /** Its answer is still to come, and is given back then. */
  protected override left(): void {}
}
