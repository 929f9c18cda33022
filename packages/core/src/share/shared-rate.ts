import type { Exchange } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import type { LimitReply } from './protocol/limit.ts'
import type { StockTerms } from './shared-stock.ts'

/** A rate that the server is asked about for each call before it begins. */
export class SharedRate implements Exchange {
  readonly registered: string
  readonly dueAt: number = Infinity
  readonly slackMs: number = 0
  readonly fleet: Fleet
  terms: StockTerms
  readonly #id: string
  #users = 0

  constructor(id: string, terms: StockTerms, fleet: Fleet) {
    this.registered = `g:${id}`
    this.#id = id
    this.terms = terms
    this.fleet = fleet
  }

  join(): void {
    this.#users++
  }

  leave(): void {
    if (--this.#users === 0) this.fleet.forget(this)
  }

  /** Asks for all the cells that a call costs. `answered` hears undefined where that is not known. */
  take(weight: number, answered: (reply: LimitReply | undefined) => void): void {
    const intervalUs = this.terms.intervalMs * 1_000
    const toleranceUs = Math.ceil(this.terms.burst * intervalUs)
    const cells = { wanted: weight, least: weight, debt: 0, intervalUs, toleranceUs }
    this.fleet.ask({ type: 'limit', id: this.#id, ...cells }, (answer) =>
      answered(answer.type === 'limit' ? answer : undefined),
    )
  }

  heardWithin(): boolean {
    return true
  }

  request(): undefined {}

  inquiry(): undefined {}

  answered(): void {}

  failed(): void {}

  linked(): void {}

  stalled(): void {}

  farewell(): readonly [] {
    return []
  }
}
