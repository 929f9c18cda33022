import type { Exchange } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import type { PermitAction, PermitRequest } from './protocol/permit.ts'
import type { Answer } from './store.ts'

/** How long a permit lasts that nobody renews, and how often it is renewed. */
const leaseMs = 3_000
const renewMs = leaseMs / 3

/** Permits that the server gives out one by one, for each call before it begins. */
export class SharedPermits implements Exchange {
  readonly registered: string
  readonly slackMs: number = renewMs / 10
  readonly fleet: Fleet
  limit: number
  readonly #id: string
  /** When each permit that is held is to be renewed, the soonest first. */
  readonly #held = new Map<string, number>()
  #sequence = 0
  #users = 0

  constructor(id: string, limit: number, fleet: Fleet) {
    this.registered = `t:${id}`
    this.#id = id
    this.limit = limit
    this.fleet = fleet
  }

  join(): void {
    this.#users++
  }

  /** Permits that are held stay until they are released. */
  leave(): void {
    this.#users--
    this.#end()
  }

  #end(): void {
    if (this.#users === 0 && this.#held.size === 0) this.fleet.forget(this)
  }

  /**
   * Asks for a permit; returns its token. `answered` hears whether it was granted, or undefined where that is not known: it
   * may be held then, and is to be released.
   */
  acquire(answered: (granted: boolean | undefined) => void): string {
    const token = `${this.fleet.instance}.${++this.#sequence}`
    this.#ask('acquire', token, (answer) => answered(answer.type === 'permit' ? answer.granted : undefined))
    return token
  }

  /** It was granted, and is used until it is released. */
  hold(token: string): void {
    this.#held.set(token, this.fleet.now + renewMs)
    this.fleet.wake(this)
  }

  release(token: string): void {
    if (this.#held.delete(token)) this.#end()
    this.#ask('release', token, () => undefined)
  }

  #ask(action: PermitAction, token: string, answered: (answer: Answer) => void): void {
    const request: PermitRequest = {
      type: 'permit',
      id: this.#id,
      action,
      token,
      limit: this.limit,
      leaseMs,
    }
    this.fleet.ask(request, answered)
  }

  get dueAt(): number {
    for (const renewAt of this.#held.values()) return renewAt
    return Infinity
  }

  /** Several permits may be due, so they are sent apart. */
  request(now: number): undefined {
    for (const [token, renewAt] of this.#held) {
      if (renewAt - this.slackMs > now) return
      this.#held.delete(token)
      this.#held.set(token, now + renewMs)
      this.#ask('renew', token, () => undefined)
    }
  }

  heardWithin(): boolean {
    return true
  }

  inquiry(): undefined {}

  answered(): void {}

  failed(): void {}

  linked(): void {}

  stalled(): void {}

  /** Calls may still run under them: they run out by themselves. */
  farewell(): readonly [] {
    return []
  }
}
