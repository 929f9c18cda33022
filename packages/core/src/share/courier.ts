import type { Clock } from '../clock.ts'
import { isOfKeys } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import type { Request } from './protocol/request.ts'
import { noAnswer } from './store.ts'
import type { Answer, Store, StoreFailure } from './store.ts'

/** Hears of the answers. */
export interface CourierListener {
  /** What has come for a batch, before anybody else hears of it. */
  judge(requests: readonly Request[], answers: readonly Answer[]): void
  /** What was under way of the exchange has been answered. */
  served(exchange: Exchange): void
}

/** Carries requests to the store, all of a batch in one round trip, and the answers back to whose they are. */
export class Courier {
  readonly #clock: Clock
  readonly #store: Store
  readonly #listener: CourierListener
  /** By whom something is under way: whether that was heard. */
  readonly #underWay = new Map<Exchange, Promise<boolean>>()

  constructor(clock: Clock, store: Store, listener: CourierListener) {
    this.#clock = clock
    this.#store = store
    this.#listener = listener
  }

  /** Whether something of it is under way. */
  serves(exchange: Exchange): boolean {
    return this.#underWay.has(exchange)
  }

  /**
   * Sends requests of exchanges, of none two at a time, and hands them the answers. Whether the server has been heard about
   * all of them.
   */
  async ask(wanted: readonly (readonly [Exchange, Request])[]): Promise<boolean> {
    const underWay = wanted.map(([exchange]) => this.#underWay.get(exchange))
    const asking = wanted.filter((_, index) => underWay[index] === undefined)
    if (asking.length > 0) {
      const heard = this.#exchanged(asking)
      for (const [exchange] of asking) this.#underWay.set(exchange, heard)
      underWay.push(heard)
    }
    return (await Promise.all(underWay)).every((heard) => heard !== false)
  }

  async #exchanged(asking: readonly (readonly [Exchange, Request])[]): Promise<boolean> {
    const sentAt = this.#clock.now()
    const answers = await this.send(asking.map(([, request]) => request))
    const moment: Moment = { now: this.#clock.now(), sentAt }
    let heard = true
    for (const [index, [exchange, request]] of asking.entries()) {
      if (!this.#underWay.delete(exchange)) continue
      const answer = answers[index] ?? noAnswer
      heard &&= !isOfLink(answer)
      if (answer.type === 'failure') exchange.failed(request, answer, moment)
      else exchange.answered(request, answer, moment)
      this.#listener.served(exchange)
    }
    return heard
  }

  /** Sends what belongs to no exchange. */
  async send(requests: readonly Request[]): Promise<readonly Answer[]> {
    const answers = await this.#answersTo(requests)
    this.#listener.judge(requests, answers)
    return answers
  }

  /** A store that breaks its word and throws is a store that does not answer. */
  async #answersTo(requests: readonly Request[]): Promise<readonly Answer[]> {
    try {
      return await this.#store.send(requests)
    } catch {
      return requests.map(() => ({ type: 'failure', reason: 'error', message: 'the store has thrown' }))
    }
  }

  /** Resolves when all that is under way has been answered. */
  settled(): Promise<unknown> {
    return Promise.all(this.#underWay.values())
  }

  /** No exchange hears of what comes from now on. */
  end(): void {
    this.#underWay.clear()
  }
}

/** Whether the server was not heard; what is wrong with one object's own keys is another matter. */
export function isOfLink(answer: Answer): answer is StoreFailure {
  return answer.type === 'failure' && !isOfKeys(answer)
}
