import type { EndpointHealth } from './endpoint-health.ts'
import { brokenMs, isOfKeys, sequenceAt } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import { HealthNews } from './health-news.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type {
  EndpointCounts,
  HealthFlushReply,
  HealthFlushRequest,
  HealthLookRequest,
  HealthProbeReply,
  HealthProbeRequest,
} from './protocol/health-request.ts'
import type { Message } from './protocol/message.ts'
import type { ProbeReport } from './protocol/probe.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { SharedHealth } from './shared-health.ts'
import type { StoreFailure } from './store.ts'

/** What one instance says of a service's endpoints, and what it makes of the answers. */
export class HealthExchange implements Exchange {
  readonly registered: string
  readonly health: SharedHealth
  readonly #id: string
  readonly #news: HealthNews
  #sequence: number
  #brokenUntil = -Infinity

  constructor(id: string, health: SharedHealth) {
    this.registered = `h:${id}`
    this.#id = id
    this.health = health
    this.#news = new HealthNews(health)
    // Whoever has the same name later begins with a higher number.
    this.#sequence = sequenceAt(health.fleet.now)
    health.whenDue = () => health.fleet.wake(this)
    health.whenNew = () => health.fleet.inquire(this)
  }

  get dueAt(): number {
    const at = Math.min(this.#flushAt, this.#firstToProbe()?.probes.dueAt ?? Infinity)
    return at === Infinity ? at : Math.max(at, this.#brokenUntil)
  }

  get #flushAt(): number {
    return Math.min(this.health.votesDueAt, this.#news.claimAt)
  }

  /** The endpoint whose probes have had to wait longest. */
  #firstToProbe(): EndpointHealth | undefined {
    let first: EndpointHealth | undefined
    for (const each of this.health.endpoints) {
      if (each.probes.dueAt < (first?.probes.dueAt ?? Infinity)) first = each
    }
    return first
  }

  get slackMs(): number {
    return this.health.votesDueAt === this.dueAt ? this.health.slackMs : 0
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.#news.heardAt <= ms
  }

  inquiry(): HealthLookRequest {
    const endpoints = [...this.health.endpoints].map(({ id }) => id)
    return { type: 'health-look', id: this.#id, endpoints }
  }

  request(now: number): HealthFlushRequest | HealthProbeRequest | undefined {
    const first = this.#firstToProbe()
    if (first === undefined || this.#flushAt <= first.probes.dueAt) return this.#flush(now)
    const { wishes, reports } = first.probes.say(now)
    if (wishes === 0 && reports.length === 0) return undefined
    // A fleet's probes go different ways: no instance takes them all, unless it is the only one.
    return this.#probe(first, this.health.fleet.size === 1 ? wishes : Math.min(1, wishes), reports, now)
  }

  #flush(now: number): HealthFlushRequest {
    const { policy, fleet, register } = this.health
    const endpoints = [...this.health.endpoints].map((each) => counts(each, ringSize * policy.bucketMs, now))
    this.health.votesDueAt = this.#news.claimAt = Infinity
    const { instance, size } = fleet
    const sequence = ++this.#sequence
    return {
      type: 'health-flush',
      id: this.#id,
      instance,
      sequence,
      register,
      fleet: size,
      endpoints,
      policy,
    }
  }

  #probe(
    { id: endpoint, view }: EndpointHealth,
    wishes: number,
    reports: readonly ProbeReport[],
    now: number,
  ): HealthProbeRequest {
    const { policy } = this.health
    const wanted = Math.min(wishes, policy.probes)
    return { type: 'health-probe', id: this.#id, endpoint, claim: view.claim(now), reports, wanted, policy }
  }

  answered(request: Request, reply: Reply, moment: Moment): void {
    if (reply.type !== 'health-look') this.#mended()
    if (reply.type === 'health-look') this.#news.looked(this.#asked(request), reply, moment)
    if (reply.type === 'health-flush') this.#flushed(request, reply, moment)
    if (reply.type === 'health-probe') this.#probed(request, reply, moment)
    if (this.#news.claimAt < Infinity) this.health.fleet.wake(this)
  }

  #mended(): void {
    this.health.broken = false
    this.#brokenUntil = -Infinity
  }

  /** The endpoints that a request names, in its order. */
  #asked(request: Request): readonly (EndpointHealth | undefined)[] {
    const known = new Map([...this.health.endpoints].map((each) => [each.id, each]))
    if (request.type === 'health-look') return request.endpoints.map((id) => known.get(id))
    if (request.type === 'health-flush') return request.endpoints.map(({ endpoint }) => known.get(endpoint))
    return request.type === 'health-probe' ? [known.get(request.endpoint)] : []
  }

  #flushed(request: Request, reply: HealthFlushReply, moment: Moment): void {
    if (request.type !== 'health-flush') return
    const asked = this.#asked(request)
    this.#news.replied(asked, reply, reply.endpoints, moment)
    for (const [index, said] of request.endpoints.entries()) {
      const dropped = reply.endpoints[index]?.dropped ?? 'none'
      const endpoint = asked[index]
      if (endpoint === undefined) continue
      endpoint.votes.reporters = Math.max(1, reply.reporters)
      this.health.judged(endpoint, dropped, said.successes + said.failures)
    }
  }

  #probed(request: Request, reply: HealthProbeReply, moment: Moment): void {
    const [endpoint] = this.#asked(request)
    if (request.type !== 'health-probe' || endpoint === undefined) return
    this.#news.replied([endpoint], reply, [reply], moment)
    if (reply.epoch === endpoint.epoch) endpoint.probes.answered(reply, moment.sentAt)
    if (reply.expired > 0) this.health.notify({ type: 'probe.expired', probes: reply.expired })
    this.health.judged(endpoint, reply.dropped, request.reports.length)
  }

  /** A push has come. */
  pushed(message: Message, now: number): void {
    this.#news.pushed(message, now)
  }

  failed(request: Request, failure: StoreFailure, { now }: Moment): void {
    this.#takeBack(request, failure, now)
    if (!isOfKeys(failure)) return
    const { reason, message } = failure
    if (!this.health.broken) this.health.notify({ type: 'share.failed', reason, message })
    this.health.broken = true
    this.#brokenUntil = now + brokenMs
    this.health.beAlone(now)
  }

  #takeBack(request: Request, { reason }: StoreFailure, now: number): void {
    const asked = this.#asked(request)
    // What was said of another epoch would be taken for this one's.
    if (request.type === 'health-probe' && asked[0]?.epoch === request.claim.epoch) {
      asked[0].probes.failed(request.reports, now)
    }
    // What may have been carried out is not said again: it would count twice or not at all.
    if (request.type !== 'health-flush' || reason !== 'unreachable') return
    for (const [index, { claim, successes, failures }] of request.endpoints.entries()) {
      const endpoint = asked[index]
      if (endpoint === undefined || claim?.epoch !== endpoint.epoch) continue
      endpoint.votes.putBack(successes, failures, now)
      this.health.votesDueAt = Math.min(this.health.votesDueAt, endpoint.votes.dueAt)
    }
  }

  linked(up: boolean, now: number): void {
    if (!up) this.health.beAlone(now)
  }

  stalled(): void {
    for (const { probes } of this.health.endpoints) probes.dropTokens()
  }

  farewell(now: number): readonly Request[] {
    const back = [...this.health.endpoints].flatMap((each): Request[] => {
      const reports = each.probes.handBackAll()
      return reports.length === 0 ? [] : [this.#probe(each, 0, reports, now)]
    })
    return this.health.votesDueAt < Infinity ? [...back, this.#flush(now)] : back
  }
}

/** Takes what an instance has to say of one endpoint: nothing where all is well and nobody has called it. */
function counts(endpoint: EndpointHealth, windowMs: number, now: number): EndpointCounts {
  const { id, group, view, votes, claims } = endpoint
  const { successes, failures } = votes.take(now, windowMs)
  endpoint.claims = false
  const needed = claims || view.status !== 'closed' || successes + failures > 0
  return { endpoint: id, group, successes, failures, ...(needed && { claim: view.claim(now) }) }
}
