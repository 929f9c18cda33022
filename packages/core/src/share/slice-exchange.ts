import { brokenMs, isOfKeys, sequenceAt } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { SliceReply, SliceRequest } from './protocol/slice.ts'
import type { SharedSlices, SliceCarrier } from './shared-slices.ts'
import type { StoreFailure } from './store.ts'

/** For how long a slice can be used: what is left of its lease when the calls that it let in have ended. */
const usableMs = 3_000

/** Of that, what an operation may need to heed its timeout, and what clocks differ by. */
const marginMs = 100

/** A slice is renewed so often, a little sooner with others. */
const renewMs = 1_000
const slackMs = 100

/** Who wants more asks again after so long: where there was more to be had, and where there was not. */
const askMs = 50
const deniedAskMs = 200

/** A request that failed is made again after so long. */
const retryMs = 100

/** How much more than was used at a time is asked for. */
const headroom = 1.2

/** What one instance says of a slice, and what it makes of the answers. */
export class SliceExchange implements Exchange, SliceCarrier {
  readonly registered: string
  readonly slices: SharedSlices
  readonly slackMs: number = slackMs
  dueAt: number = Infinity
  readonly #id: string
  #sequence: number
  #asking = false
  #askedAt = -Infinity
  #heardAt = -Infinity
  /** Replies to what was sent until then may be older than they look. */
  #stalledAt = -Infinity
  #denied = false
  #members = 1
  /** Nothing more is asked for before: others may have permits that the server does not know of. */
  #modestUntil = -Infinity
  #coarse = false
  #broken = false
  #stopped = false

  constructor(id: string, slices: SharedSlices) {
    this.registered = `k:${id}`
    this.#id = id
    this.slices = slices
    this.#sequence = sequenceAt(slices.fleet.now)
    slices.carrier = this
  }

  used(now: number): void {
    if (this.dueAt === Infinity) this.#dueBy(now + renewMs)
  }

  short(now: number): void {
    const everyMs = Math.max(this.#denied ? deniedAskMs : askMs, this.#members)
    this.#dueBy(Math.max(now, this.#askedAt + everyMs, this.#modestUntil))
  }

  /** Nobody uses it any more: all is given back, or where nobody hears of that is left to the end of its lease. */
  abandon(): void {
    const { fleet } = this.slices
    if (fleet.isDown) this.#end()
    else this.#dueBy(fleet.now)
  }

  #end(): void {
    this.dueAt = Infinity
    this.slices.fleet.forget(this)
  }

  #dueBy(at: number): void {
    if (at >= this.dueAt || this.#stopped) return
    this.dueAt = at
    this.slices.fleet.wake(this)
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.#heardAt <= ms
  }

  inquiry(): SliceRequest | undefined {
    const isNew = this.#heardAt === -Infinity && !this.#asking
    return isNew ? this.request(this.slices.fleet.now) : undefined
  }

  request(now: number): SliceRequest {
    const { slices } = this
    const { peak, used, waiting, missing } = slices
    const wanted = Math.ceil(Math.max(peak, used + waiting + missing) * headroom) + 1
    const request = this.#asks(slices.abandoned ? 0 : Math.min(wanted, slices.terms.limit), now)
    slices.cap = request.keep
    slices.peak = used
    slices.missing = 0
    this.#asking = true
    this.#askedAt = now
    this.dueAt = now + renewMs
    return request
  }

  /** Until the reply it keeps no more than it wants: the server may give the rest to others at once. */
  #asks(want: number, now: number): SliceRequest {
    const { terms, used, fleet } = this.slices
    const keep = Math.max(used, Math.min(want, this.slices.limitAt(now)))
    const leaseMs = usableMs + Math.ceil(terms.drainMs())
    const [id, sequence, { instance }, { limit }] = [this.#id, ++this.#sequence, fleet, terms]
    return { type: 'slice', id, instance, sequence, limit, want, keep, leaseMs }
  }

  answered(request: Request, reply: Reply, { now, sentAt }: Moment): void {
    if (request.type !== 'slice' || reply.type !== 'slice' || !this.#hear()) return
    const { slices } = this
    if (slices.abandoned && request.want === 0) return this.#end()
    this.#heardAt = now
    this.#broken = false
    const permits = Math.min(reply.slice, reply.target)
    this.#denied = permits < request.want
    // Fewer, and yet no more for this one: the server has lost its memory. Within the time of a renewal all will have spoken.
    if (this.#denied && reply.members < this.#members && permits <= request.keep)
      this.#modestUntil = now + renewMs
    this.#members = reply.members
    const until = sentAt > this.#stalledAt ? sentAt + usableMs - marginMs : -Infinity
    slices.grant = { permits, until }
    slices.alone = slices.fleet.isDown
    slices.awaitEnd(now)
    this.#scheduleNext(request.want, reply.slice, now)
    this.#lookForCoarse(reply)
    slices.tellGrown(now)
  }

  /** Whether the answer concerns anybody. */
  #hear(): boolean {
    this.#asking = false
    this.slices.cap = Infinity
    return !this.#stopped
  }

  #scheduleNext(want: number, held: number, now: number): void {
    const { abandoned, used, waiting, missing, grant, terms } = this.slices
    this.dueAt = used + waiting + held === 0 ? Infinity : now + renewMs
    const joinedAgain = want === 0 && terms.limit > 0
    if (now >= grant.until || abandoned || joinedAgain) this.dueAt = now
    else if (missing > 0 || waiting > 0) this.short(now)
  }

  #lookForCoarse({ coarse, members }: SliceReply): void {
    const { limit } = this.slices.terms
    if (coarse && !this.#coarse) this.slices.notify({ type: 'share.coarse', limit, members })
    this.#coarse = coarse
  }

  /** What was sent may be carried out yet: what it did not keep may be another's by now. */
  failed(request: Request, failure: StoreFailure, { now }: Moment): void {
    if (request.type !== 'slice' || !this.#hear()) return
    const { slices } = this
    if (slices.abandoned) return this.#end()
    const { grant } = slices
    const { reason, message } = failure
    if (reason !== 'unreachable') slices.grant = { ...grant, permits: Math.min(grant.permits, request.keep) }
    this.dueAt = now + retryMs
    if (isOfKeys(failure)) {
      if (!this.#broken) slices.notify({ type: 'share.failed', reason, message })
      this.#broken = true
      this.dueAt = now + brokenMs
      this.#beAlone(now)
    }
    slices.tellGrown(now)
  }

  #beAlone(now: number): void {
    this.slices.alone = true
    this.slices.awaitEnd(now)
  }

  linked(up: boolean, now: number): void {
    if (up) return this.#dueBy(now)
    this.#beAlone(now)
    this.slices.tellGrown(now)
  }

  stalled(now: number): void {
    this.#stalledAt = now
    this.slices.grant = { ...this.slices.grant, until: -Infinity }
    this.#dueBy(now)
  }

  farewell(now: number): readonly Request[] {
    const last = this.#askedAt === -Infinity ? [] : [this.#asks(0, now)]
    this.#stopped = true
    this.dueAt = Infinity
    this.slices.end()
    return last
  }
}
