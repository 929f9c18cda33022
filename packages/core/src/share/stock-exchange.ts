import { brokenMs, isOfKeys } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import type { LimitReply, LimitRequest } from './protocol/limit.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { SharedStock } from './shared-stock.ts'
import type { StoreFailure } from './store.ts'

/** After a refusal nothing is asked for so long at least. */
const shortestDryMs = 5

/** For who was refused and has no calls, the reserve has time. */
const quietMs = 200

/** A request that failed is made again after so long. */
const retryMs = 100

/** What one instance says of a rate that is shared, and what it makes of the answers. */
export class StockExchange implements Exchange {
  readonly registered: string
  readonly stock: SharedStock
  readonly slackMs: number = 0
  dueAt: number = Infinity
  readonly #id: string
  #asking = false
  #heardAt = -Infinity
  #brokenUntil = -Infinity
  #stopped = false

  constructor(id: string, stock: SharedStock) {
    this.registered = `r:${id}`
    this.#id = id
    this.stock = stock
    stock.whenLow = (now) => this.#askSoon(now)
  }

  #askSoon(now: number): void {
    this.#askBy(Math.max(now, this.stock.dryUntil))
  }

  #askBy(soonest: number): void {
    const at = Math.max(soonest, this.#brokenUntil)
    if (at >= this.dueAt || this.#asking || this.#stopped) return
    this.dueAt = at
    this.stock.fleet.wake(this)
  }

  /** Nobody uses it any more. */
  abandon(): void {
    if (this.stock.debt > 0) this.#askSoon(this.stock.fleet.now)
    else this.stock.fleet.forget(this)
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.#heardAt <= ms
  }

  inquiry(): LimitRequest | undefined {
    return this.#heardAt === -Infinity && !this.#asking ? this.request(this.stock.fleet.now) : undefined
  }

  request(now: number): LimitRequest | undefined {
    const { stock } = this
    this.dueAt = Infinity
    const { wanted, least } = stock.abandoned ? { wanted: 0, least: 0 } : stock.wish(now)
    if (wanted === 0 && stock.debt === 0 && !stock.alone) return undefined
    this.#asking = true
    return this.#asks(wanted, least)
  }

  #asks(wanted: number, least: number): LimitRequest {
    const { terms, debt } = this.stock
    const intervalUs = terms.intervalMs * 1_000
    const toleranceUs = Math.ceil(terms.burst * intervalUs)
    this.stock.debt = 0
    return { type: 'limit', id: this.#id, wanted, least, debt, intervalUs, toleranceUs }
  }

  answered(request: Request, reply: Reply, { now, sentAt }: Moment): void {
    if (request.type !== 'limit' || reply.type !== 'limit' || !this.#hear()) return
    this.#heardAt = now
    this.stock.roundTripMs = now - sentAt
    this.#brokenUntil = -Infinity
    if (!this.stock.fleet.isDown) this.stock.accompany(now)
    this.#take(request, reply, now)
    this.stock.tellStocked(now)
    if (this.stock.awaited || this.stock.debt > 0) this.#askSoon(now)
    else if (reply.granted === 0 && this.stock.isLow(now))
      this.#askBy(Math.max(now + quietMs, this.stock.dryUntil))
  }

  #take({ wanted }: LimitRequest, { granted, retryAfterMs }: LimitReply, now: number): void {
    if (granted > 0) this.stock.fill(granted, now)
    else if (wanted > 0) this.stock.dryUntil = now + Math.max(shortestDryMs, retryAfterMs)
  }

  /** Whether the answer concerns anybody. */
  #hear(): boolean {
    this.#asking = false
    if (this.stock.abandoned) this.stock.fleet.forget(this)
    return !this.#stopped && !this.stock.abandoned
  }

  /** What was granted may be lost, and what was owed may be paid already: rather too little is used than too much. */
  failed(request: Request, failure: StoreFailure, { now }: Moment): void {
    if (request.type !== 'limit' || !this.#hear()) return
    const { stock } = this
    stock.debt += request.debt
    this.dueAt = now + retryMs
    if (!isOfKeys(failure)) return
    const { reason, message } = failure
    if (this.#brokenUntil === -Infinity) stock.notify({ type: 'share.failed', reason, message })
    this.#brokenUntil = this.dueAt = now + brokenMs
    this.#beAlone(now)
  }

  #beAlone(now: number): void {
    this.stock.alone = true
    this.stock.tellStocked(now)
  }

  linked(up: boolean, now: number): void {
    if (up) this.#askSoon(now)
    else this.#beAlone(now)
  }

  stalled(): void {
    this.stock.drop()
  }

  farewell(): readonly Request[] {
    this.#stopped = true
    this.dueAt = Infinity
    return this.stock.debt > 0 ? [this.#asks(0, 0)] : []
  }
}
