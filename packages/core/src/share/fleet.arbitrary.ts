import { seededRandom, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { CircuitOpenError } from '../circuit-breaker/circuit-open-error.ts'
import type { CircuitBreakerOptions } from '../circuit-breaker/options.ts'
import type { Outcome } from '../outcome.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { share } from './member.ts'
import { calm, commandTimeoutMs, Link, names, Network, ProcessClock, rules } from './network.arbitrary.ts'
import type { Weather } from './network.arbitrary.ts'
import type { SharedProbe } from './probes.ts'
import type { FlushRequest } from './protocol/flush.ts'
import type { ProbeRequest, ProbeResult } from './protocol/probe.ts'
import type { Request } from './protocol/request.ts'
import { absurdMs } from './protocol/status.ts'
import type { Share } from './share.ts'
import type { SharedBreaker } from './shared-breaker.ts'

/** The same rules as a breaker's options. */
const rulesOfBreaker: CircuitBreakerOptions = {
  window: { type: 'time', durationMs: 1_000, buckets: 10 },
  minimumCalls: rules.minimumCalls,
  failureRatio: rules.failureRatio,
  burst: { failureRatio: rules.burstRatio, buckets: 2 },
  openMs: rules.openMs,
  maximumOpenMs: rules.maximumOpenMs,
  probes: rules.probes,
  probeSuccesses: rules.probeSuccesses,
  probeLeaseMs: rules.probeLeaseMs,
  rampMs: 0,
}

/** Whether calls ask the shared circuit itself or go through a pipeline that has it. */
export type Through = 'breaker' | 'pipeline'

/** What a call comes to, and how long it takes. */
export interface CallPlan {
  readonly result: 'well' | 'ill' | 'never ends' | 'never starts'
  readonly durationMs: number
}

/** One instance of a service, with the real client. */
export class Instance {
  readonly clock: ProcessClock
  readonly link: Link
  readonly share: Share
  readonly breaker: SharedBreaker
  readonly #fleet: Fleet
  readonly #ended = new Map<string, ProbeResult>()
  readonly #begun = new Set<string>()
  readonly #flushed = new Set<number>()
  /** How many calls of each epoch have been counted and not told. */
  readonly #counted = new Map<number, number>()
  #epoch = 0
  #pipeline: Pipeline | undefined
  /** What the call that is being decided about is let through as. */
  #probe: SharedProbe | undefined

  constructor(fleet: Fleet, through: Through, seed: number, monotonicMs: number, calendarMs: number) {
    this.#fleet = fleet
    this.clock = new ProcessClock(fleet.time, monotonicMs, calendarMs, () => this.look())
    this.link = new Link(fleet.network, this.clock)
    this.link.onRequest = (request) => this.#check(request)
    this.share = share(this.link, { clock: this.clock, random: seededRandom(seed) })
    const watcher = { adopted: () => this.look(), overridden: () => undefined, notify: () => undefined }
    const joined = this.share.parts.breaker(names, rules, watcher)
    if (joined === undefined) throw new Error('there are too many circuits')
    this.breaker = joined.shared
    if (through === 'pipeline') this.#pipeline = this.#pipelineOn(joined.shared, seededRandom(seed))
  }

  /** A pipeline of a breaker alone, and ears at what it says to the shared circuit. */
  #pipelineOn(shared: SharedBreaker, random: () => number): Pipeline {
    const decide = shared.decide.bind(shared)
    shared.decide = (now) => {
      const verdict = decide(now)
      this.#probe = verdict !== undefined && 'number' in verdict ? verdict : undefined
      return verdict
    }
    const count = shared.count.bind(shared)
    shared.count = (epoch, failed, now) => {
      this.#counted.set(epoch, (this.#counted.get(epoch) ?? 0) + 1)
      count(epoch, failed, now)
    }
    const ended = shared.ended.bind(shared)
    shared.ended = (probe, result, now) => {
      this.#ended.set(`${probe.epoch}:${probe.number}`, result)
      ended(probe, result, now)
    }
    const breaker = circuitBreaker({ ...rulesOfBreaker, name: names[1] })
    return pipeline(names[0], [breaker], { clock: this.clock, random, share: this.share })
  }

  /** S1 and S2. */
  look(): void {
    // The share may call while it is being made.
    const view = (this as Partial<Instance>).breaker?.view
    if (view === undefined) return
    const { epoch, status } = view
    if (epoch < this.#epoch && this.#epoch - epoch < absurdMs / 2) {
      this.#fleet.wrong.push(`S1: an instance went from epoch ${this.#epoch} to ${epoch}`)
    }
    this.#epoch = epoch
    this.#fleet.seen(epoch, status)
  }

  #check(request: Request): void {
    if (request.type === 'flush') this.#checkVotes(request)
    if (request.type === 'probe') this.#checkReports(request)
  }

  /** S4, S5: of the calls of an epoch none is told in another, and none twice. */
  #checkVotes({ claim: { epoch }, sequence, successes, failures }: FlushRequest): void {
    if (this.#flushed.has(sequence)) return
    this.#flushed.add(sequence)
    const left = (this.#counted.get(epoch) ?? 0) - successes - failures
    this.#counted.set(epoch, left)
    if (left < 0) this.#fleet.wrong.push(`S4: ${-left} votes too many in epoch ${epoch}`)
  }

  /** S4: what is reported of an epoch's probes is what became of them. */
  #checkReports(request: ProbeRequest): void {
    for (const { token, result } of request.reports) {
      const name = `${request.claim.epoch}:${token}`
      if (this.#fleet.network.grantedAgain.has(name)) continue
      const right = result === 'returned' ? this.#ended.get(name) : this.#ended.get(name) === result
      const never = result === 'returned' && !this.#begun.has(name)
      if (right === true || never || right === 'returned') continue
      this.#fleet.wrong.push(`S4: ${result} was reported of ${name}, which ended ${this.#ended.get(name)}`)
    }
  }

  /** S10: asks and counts without anything being sent or thrown. */
  call({ result, durationMs }: CallPlan): void {
    const { breaker, clock, link } = this
    if (clock.paused) return
    if (this.#pipeline !== undefined) return this.#callThrough(this.#pipeline, { result, durationMs })
    const { sent } = link
    const verdict = breaker.decide(clock.now())
    if (link.sent > sent) this.#fleet.wrong.push('S10: a decision sent something')
    this.look()
    if (verdict !== undefined && 'reason' in verdict) return
    if (verdict !== undefined && result !== 'never starts') this.#begin(verdict)
    if (result === 'never ends') return
    const { epoch } = breaker
    const end = (): void => {
      if (verdict !== undefined) return this.#end(verdict, result)
      if (result === 'never starts') return
      this.#counted.set(epoch, (this.#counted.get(epoch) ?? 0) + 1)
      breaker.count(epoch, result === 'ill', clock.now())
    }
    if (durationMs === 0) return end()
    clock.alarm(end).set(clock.now() + durationMs)
  }

  #callThrough(pipeline: Pipeline, { result, durationMs }: CallPlan): void {
    if (result === 'never starts') return
    const { clock, link } = this
    const { sent } = link
    this.#probe = undefined
    const operation = (): Promise<void> => {
      if (this.#probe !== undefined) this.#begin(this.#probe)
      return new Promise((resolve, reject) => {
        if (result === 'never ends') return
        const end = (): void => (result === 'well' ? resolve() : reject(new Error('ill')))
        if (durationMs === 0) return end()
        clock.alarm(end).set(clock.now() + durationMs)
      })
    }
    this.#fleet.hears(pipeline.executeOutcome(operation), result)
    if (link.sent > sent) this.#fleet.wrong.push('S10: a decision sent something')
  }

  /** S3. */
  #begin({ epoch, number }: SharedProbe): void {
    if (number === 0) return
    const { network, time, wrong } = this.#fleet
    const name = `${epoch}:${number}`
    this.#begun.add(name)
    if (epoch !== this.breaker.epoch) wrong.push(`S3: probe ${name} began in epoch ${this.breaker.epoch}`)
    const count = this.#fleet.probed(epoch)
    if (count > rules.probes * network.histories) wrong.push(`S3: ${count} probes in epoch ${epoch}`)
    const sinceMs = time.now() - (network.grants.get(name) ?? -Infinity)
    if (!network.steady || sinceMs < rules.probeLeaseMs) return
    wrong.push(`S3: probe ${name} began ${sinceMs} ms after it was granted`)
  }

  #end(probe: SharedProbe, result: 'well' | 'ill' | 'never starts'): void {
    const results = { well: 'succeeded', ill: 'failed', 'never starts': 'returned' } as const
    this.#ended.set(`${probe.epoch}:${probe.number}`, results[result])
    this.breaker.ended(probe, results[result], this.clock.now())
  }

  get agrees(): boolean {
    const { epoch, status } = this.#fleet.network.told
    return this.breaker.view.epoch === epoch && this.breaker.status === status
  }

  get described(): string {
    const { view, status } = this.breaker
    return `${status} ${view.epoch}`
  }
}

/** Instances that share a circuit over a network, and all that is found to be wrong with them. */
export class Fleet {
  readonly time: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly network: Network
  readonly instances: readonly Instance[]
  readonly #statuses = new Map<number, string>()
  readonly #probes = new Map<number, number>()

  constructor(seed: number, count: number, through: Through) {
    const random = seededRandom(seed)
    this.network = new Network(this.time, random.fork())
    const hourMs = 3_600_000
    this.instances = Array.from(
      { length: count },
      (_, index) => new Instance(this, through, seed * 7 + index, index * 12_345.5, (index - 1) * hourMs),
    )
  }

  get wrong(): string[] {
    return this.network.wrong
  }

  /** S2: within one history an epoch has one state. */
  seen(epoch: number, status: string): void {
    if (this.network.histories > 1 || epoch === 0) return
    const before = this.#statuses.get(epoch) ?? status
    if (before !== status) this.wrong.push(`S2: epoch ${epoch} is ${before} and ${status}`)
    this.#statuses.set(epoch, status)
  }

  /** S10: a call ends with what its operation came to, or with the circuit's refusal. */
  hears(outcome: Promise<Outcome<unknown>>, result: CallPlan['result']): void {
    const right = (each: Outcome<unknown>): boolean =>
      'error' in each
        ? each.error instanceof CircuitOpenError || (result === 'ill' && String(each.error) === 'Error: ill')
        : result === 'well'
    outcome.then(
      (each) => right(each) || this.wrong.push(`S10: a call that went ${result} ended otherwise`),
      (error: unknown) => this.wrong.push(`S10: a call threw ${String(error)}`),
    )
  }

  probed(epoch: number): number {
    const count = (this.#probes.get(epoch) ?? 0) + 1
    this.#probes.set(epoch, count)
    return count
  }

  async do(action: Action): Promise<void> {
    const { network, instances } = this
    const who = 'who' in action ? instances[action.who % instances.length] : undefined
    switch (action.type) {
      case 'call':
        return who?.call(action.call)
      case 'all call':
        return instances.forEach((each) => each.call(action.call))
      case 'pass':
        return this.time.advance(action.ms)
      case 'weather':
        return void (network.weather = action.weather)
      case 'cut':
        return who?.link.cut(action.how)
      case 'join':
        return who?.link.heal()
      case 'pause':
        return who?.clock.pause()
      case 'resume':
        return who?.clock.resume(() => who.call({ result: 'well', durationMs: 0 }))
      case 'calendar':
        return who?.clock.jump(action.ms)
      case 'server':
        return this.#happens(action.what)
      case 'step':
        return network.step(action.ms)
    }
  }

  #happens(what: 'emptied' | 'copied' | 'promoted' | 'rolled back' | 'forged'): void {
    const { network } = this
    if (what === 'emptied') return network.empty()
    if (what === 'copied') return network.copy()
    if (what === 'forged') return network.forge()
    network.promote()
    if (what === 'rolled back') for (const { link } of this.instances) link.heal()
  }

  /** L5: from now on nothing fails, and nobody calls; within the bound all agree. */
  async heal(): Promise<void> {
    this.network.heal()
    for (const { clock } of this.instances) clock.resume()
    await this.time.advance(agreeMs)
    if (this.instances.every(({ agrees }) => agrees)) return
    this.wrong.push(`L5: after ${agreeMs} ms ${this.#described}`)
  }

  get #described(): string {
    const { epoch, status } = this.network.told
    return `the server is ${status} ${epoch}, they are ${this.instances.map((each) => each.described).join()}`
  }

  /** Calls of all come every so often, until all have that state or the time is over. */
  async until(law: string, status: string, call: CallPlan, limitMs: number): Promise<void> {
    const there = (): boolean => this.instances.every(({ breaker }) => breaker.status === status)
    for (let waitedMs = 0; waitedMs <= limitMs && !there(); waitedMs += everyMs) {
      for (const instance of this.instances) instance.call(call)
      await this.time.advance(everyMs)
    }
    if (!there()) this.wrong.push(`${law}: after ${limitMs} ms of calls ${this.#described}`)
  }

  /** L7: nothing is left of it. */
  async stop(): Promise<void> {
    let stopped = 0
    for (const { share } of this.instances) void share.stop().then(() => stopped++)
    await this.time.advance(200)
    if (stopped < this.instances.length) this.wrong.push('L7: an instance did not stop within 200 ms')
    await this.time.advance(1_000)
    if (this.time.pending > 0) this.wrong.push(`L7: ${this.time.pending} alarms are left`)
  }
}

/** Between two calls where calls are steady. */
const everyMs = 25

/** A pause of the dispatcher, a sweep, and what was heard shortly before. */
const agreeMs: number = 6_000 + 1_500 + 2 * commandTimeoutMs

export type Action =
  | { readonly type: 'call'; readonly who: number; readonly call: CallPlan }
  | { readonly type: 'all call'; readonly call: CallPlan }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'weather'; readonly weather: Weather }
  | { readonly type: 'cut'; readonly who: number; readonly how: 'hole' | 'refused' }
  | { readonly type: 'join' | 'pause' | 'resume'; readonly who: number }
  | { readonly type: 'calendar'; readonly who: number; readonly ms: number }
  | { readonly type: 'server'; readonly what: 'emptied' | 'copied' | 'promoted' | 'rolled back' | 'forged' }
  | { readonly type: 'step'; readonly ms: number }

const who = fc.nat({ max: 2 })
const call: fc.Arbitrary<CallPlan> = fc.record({
  result: fc.constantFrom('well', 'ill', 'ill', 'ill', 'well', 'never ends', 'never starts'),
  durationMs: fc.constantFrom(0, 0, 0, 20, 399, 400, 401, 700),
})
const ms = fc.constantFrom(0, 1, 20, 50, 99, 100, 101, 250, 299, 300, 301, 400, 401, 600, 1_000, 1_001, 1_500)
const dayMs = absurdMs

const weathers: readonly Weather[] = [
  calm,
  { ...calm, delayMs: 100 },
  { ...calm, delayMs: 200, lostReplies: 0.5 },
  { ...calm, delayMs: 50, lostRequests: 0.3, lostPushes: 0.5 },
  { ...calm, lostPushes: 1 },
  { ...calm, delayMs: 400, doubled: 0.3, doubledPushes: 0.5 },
  { ...calm, delayMs: 20, doubled: 1, doubledPushes: 1, lostReplies: 0.3 },
]

export const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('call' as const), who, call }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('all call' as const), call }) },
  { weight: 7, arbitrary: fc.record({ type: fc.constant('pass' as const), ms }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('weather' as const), weather: fc.constantFrom(...weathers) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('cut' as const),
      who,
      how: fc.constantFrom('hole' as const, 'refused' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('join' as const, 'pause' as const, 'resume' as const),
      who,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('calendar' as const),
      who,
      ms: fc.constantFrom(-3_600_000, 1_999, 2_001),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('server' as const),
      what: fc.constantFrom(
        'emptied' as const,
        'copied' as const,
        'copied' as const,
        'promoted' as const,
        'rolled back' as const,
        'forged' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('step' as const),
      ms: fc.constantFrom(-1, -300, -1_000, -3_600_000, 300, 3_600_000, 3 * dayMs, -3 * dayMs),
    }),
  },
)
