import { brokenMs, isOfKeys } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type { CircuitReply, FlushReply, FlushRequest } from './protocol/flush.ts'
import type { LookReply, LookRequest } from './protocol/look.ts'
import type { Message } from './protocol/message.ts'
import type { ProbeReply, ProbeRequest } from './protocol/probe.ts'
import type { Reply, Request } from './protocol/request.ts'
import { absurdMs } from './protocol/status.ts'
import type { SharedBreaker } from './shared-breaker.ts'
import type { StoreFailure } from './store.ts'

/** How often a circuit is looked at that is heard of all the time: nothing else tells of an override whose push was lost. */
const lookMs = 30_000

/** What one instance says of a shared circuit, and what it makes of the answers. */
export class BreakerExchange implements Exchange {
  readonly registered: string
  readonly breaker: SharedBreaker
  readonly #id: string
  /** The server is behind: it has to be told, even if there is nothing else to say. */
  #claimAt = Infinity
  #brokenUntil = -Infinity
  #outdated = false
  #lookedAt = -Infinity

  constructor(id: string, breaker: SharedBreaker) {
    this.registered = `b:${id}`
    this.#id = id
    this.breaker = breaker
    breaker.whenDue = () => this.#wake()
  }

  #wake(): void {
    this.breaker.fleet.wake(this)
  }

  get dueAt(): number {
    const { votes, probes } = this.breaker
    const at = Math.min(votes.dueAt, probes.dueAt, this.#claimAt)
    return at === Infinity ? at : Math.max(at, this.#brokenUntil)
  }

  get slackMs(): number {
    const { votes } = this.breaker
    return votes.dueAt === this.dueAt ? votes.slackMs : 0
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.breaker.view.heardAt <= ms && now - this.#lookedAt <= lookMs
  }

  inquiry(): LookRequest {
    return { type: 'look', id: this.#id }
  }

  request(now: number): FlushRequest | ProbeRequest | undefined {
    const { votes, probes, fleet } = this.breaker
    if (this.#claimAt <= now || votes.any) return this.#flush(now)
    const { wishes, reports } = probes.say(now)
    if (wishes === 0 && reports.length === 0) return undefined
    // A fleet's probes go different ways: no instance takes them all, unless it is the only one.
    return this.#probe(fleet.size === 1 ? wishes : Math.min(1, wishes), reports, now)
  }

  #flush(now: number): FlushRequest {
    this.#claimAt = Infinity
    const { votes, view, policy, fleet } = this.breaker
    const counts = votes.take(now, ringSize * policy.bucketMs)
    const { instance, size } = fleet
    return { type: 'flush', id: this.#id, instance, claim: view.claim(now), ...counts, fleet: size, policy }
  }

  #probe(wishes: number, reports: ProbeRequest['reports'], now: number): ProbeRequest {
    const { view, policy } = this.breaker
    const wanted = Math.min(wishes, policy.probes)
    return { type: 'probe', id: this.#id, claim: view.claim(now), reports, wanted, policy }
  }

  answered(request: Request, reply: Reply, moment: Moment): void {
    if (reply.type !== 'look') this.#mended()
    if (reply.type === 'look') this.#looked(reply, moment)
    else if (reply.type === 'flush') this.#flushed(reply, request, moment)
    else if (reply.type === 'probe') this.#probed(reply, request, moment)
  }

  #mended(): void {
    this.breaker.broken = false
    this.#brokenUntil = -Infinity
  }

  #looked(reply: LookReply, moment: Moment): void {
    const { breaker } = this
    const first = breaker.view.heardAt === -Infinity
    this.#lookedAt = moment.now
    breaker.learnOverride(reply.override, moment.now, moment.sentAt)
    const { epoch, status } = breaker.view
    // Two servers may have given one epoch to two states: only a claim settles it.
    const differs = reply.epoch === epoch && reply.status !== status
    if (reply.epoch < epoch || differs) return this.#claim(moment)
    if (this.#learn(reply, moment.now) && !first) breaker.notify({ type: 'push.gap', epoch: reply.epoch })
  }

  /** The server knows less than this instance, unless it answered before this instance learned of it. */
  #claim({ now, sentAt }: Moment): void {
    if (sentAt <= this.breaker.view.learnedAt) return
    this.#claimAt = now
    this.#wake()
  }

  #flushed(reply: FlushReply, request: Request, moment: Moment): void {
    this.breaker.votes.reporters = Math.max(1, reply.reporters)
    const votes = request.type === 'flush' ? request.successes + request.failures : 0
    this.#replied(reply, votes, moment)
  }

  #probed(reply: ProbeReply, request: Request, moment: Moment): void {
    const votes = request.type === 'probe' ? request.reports.length : 0
    this.#replied(reply, votes, moment)
    const { breaker } = this
    if (reply.epoch === breaker.epoch) breaker.probes.answered(reply, moment.sentAt)
    if (reply.expired > 0) breaker.notify({ type: 'probe.expired', probes: reply.expired })
  }

  #replied(reply: FlushReply | ProbeReply, votes: number, moment: Moment): void {
    const { dropped, epoch, outdated } = reply
    const { breaker } = this
    if (outdated && !this.#outdated)
      breaker.notify({ type: 'policy.outdated', version: breaker.policy.version })
    this.#outdated = outdated
    const leads = epoch >= breaker.epoch || (dropped === 'repaired' && this.#isAbsurdTo(epoch))
    if (leads) this.#learn(reply, moment.now)
    else this.#claim(moment)
    if (dropped !== 'none' && votes > 0) breaker.notify({ type: 'vote.dropped', reason: dropped, votes })
  }

  /** Whether a repair to `epoch` may lead back: what this instance holds is from a clock that was wrong by days. */
  #isAbsurdTo(epoch: number): boolean {
    return this.breaker.epoch - epoch >= absurdMs / 2
  }

  /** A push has come. */
  pushed(message: Message, now: number): void {
    const { breaker } = this
    if (message.type === 'override') {
      breaker.learnOverride({ ...message, by: '', why: '' }, now)
      return breaker.fleet.inquire(this)
    }
    if (message.type !== 'change') return
    const { epoch, reason } = message
    if (epoch <= breaker.epoch && !(reason === 'rebased' && this.#isAbsurdTo(epoch))) return
    this.#learn(message, now)
    if (reason === 'restored' || reason === 'conflict' || reason === 'rebased') {
      breaker.notify({ type: `epoch.${reason}`, epoch })
    }
  }

  /** No opening is believed to last longer than the rules allow. Whether it was news. */
  #learn(reply: Omit<CircuitReply, 'type'>, now: number): boolean {
    const { openMs, maximumOpenMs } = this.breaker.policy
    const most = this.#outdated ? absurdMs : Math.max(openMs, maximumOpenMs)
    return this.breaker.learn({ ...reply, remainingMs: Math.min(reply.remainingMs, most) }, now)
  }

  failed(request: Request, failure: StoreFailure, { now }: Moment): void {
    this.#takeBack(request, failure, now)
    const { breaker } = this
    if (!isOfKeys(failure)) return
    const { reason, message } = failure
    if (!breaker.broken) breaker.notify({ type: 'share.failed', reason, message })
    breaker.broken = true
    this.#brokenUntil = now + brokenMs
    breaker.beAlone(now)
  }

  #takeBack(request: Request, { reason }: StoreFailure, now: number): void {
    const { epoch, probes, votes } = this.breaker
    // What was said of another epoch would be taken for this one's.
    if (request.type === 'probe' && request.claim.epoch === epoch) probes.failed(request.reports, now)
    if (request.type !== 'flush' || request.claim.epoch !== epoch) return
    // What may have been carried out is not said again: it would count twice or not at all.
    if (reason === 'unreachable') votes.putBack(request.successes, request.failures, now)
  }

  linked(up: boolean, now: number): void {
    if (!up) this.breaker.beAlone(now)
  }

  stalled(): void {
    this.breaker.probes.dropTokens()
  }

  farewell(now: number): readonly Request[] {
    const { probes, votes } = this.breaker
    const reports = probes.handBackAll()
    if (reports.length > 0) return [this.#probe(0, reports, now)]
    return votes.any ? [this.#flush(now)] : []
  }
}
