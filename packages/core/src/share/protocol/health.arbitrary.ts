import fc from 'fast-check'
import { flushHealth } from './health-flush.ts'
import { lookHealth } from './health-look.ts'
import type { HealthPolicy } from './health-policy.ts'
import { probeHealth } from './health-probe.ts'
import { emptyHealth, maximumEndpoints } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { EndpointCounts, HealthFlushRequest, HealthProbeRequest, HealthStep } from './health-request.ts'
import type { Message } from './message.ts'
import { usualHealthPolicy } from './policy.arbitrary.ts'
import { probeResults } from './probe.ts'
import type { ProbeResult } from './probe.ts'
import type { Reply, Request } from './request.ts'
import { absurdMs, statuses } from './status.ts'
import type { Claim, Status } from './status.ts'

export const healthPolicy: HealthPolicy = {
  ...usualHealthPolicy,
  minimumCalls: 4,
  openMs: 5_000,
  probeLeaseMs: 2_000,
}

/** What may happen to a service: what instances say, what becomes of the server, and how time goes. */
export type HealthCommand =
  | {
      readonly type: 'flush'
      readonly instance: number
      readonly counts: readonly (readonly [number, number])[]
      readonly claims: 'all' | 'needed'
    }
  | { readonly type: 'again'; readonly instance: number }
  | {
      readonly type: 'probe'
      readonly instance: number
      readonly endpoint: number
      readonly wanted: number
      readonly result: ProbeResult
      readonly reports: number
    }
  | { readonly type: 'look'; readonly endpoint: number }
  | { readonly type: 'hear'; readonly instance: number }
  | {
      readonly type: 'forge'
      readonly instance: number
      readonly endpoint: number
      readonly ahead: number
      readonly status: Status
      readonly active: number
    }
  | { readonly type: 'roster'; readonly instance: number; readonly endpoints: number; readonly fleet: number }
  | { readonly type: 'rules'; readonly instance: number; readonly policy: Partial<HealthPolicy> }
  | { readonly type: 'lose'; readonly keys: string }
  | { readonly type: 'wait'; readonly ms: number }

const instances = 3
const endpoints = 4

const { bucketMs, openMs, maximumOpenMs, probeLeaseMs, dwellMs, probes } = healthPolicy

const times = [
  1,
  bucketMs,
  2 * bucketMs,
  10 * bucketMs,
  openMs,
  maximumOpenMs,
  probeLeaseMs,
  dwellMs,
  60_000,
  700_000,
]
const instance = fc.nat({ max: instances - 1 })
const endpoint = fc.nat({ max: endpoints - 1 })
const few = fc.constantFrom(0, 0, 1, 3, 4, 5)
const pair = fc.oneof(
  { weight: 3, arbitrary: fc.constant([0, 4] as const) },
  { weight: 3, arbitrary: fc.tuple(few, few) },
)

const flush = fc.record({
  type: fc.constant('flush' as const),
  instance,
  counts: fc.array(pair, { minLength: endpoints, maxLength: endpoints }),
  claims: fc.constantFrom('all' as const, 'needed' as const),
})
const probe = fc.record({
  type: fc.constant('probe' as const),
  instance,
  endpoint,
  wanted: fc.constantFrom(0, 1, probes - 1, probes, probes + 1),
  result: fc.oneof(
    { weight: 3, arbitrary: fc.constant('succeeded' as const) },
    fc.constantFrom(...probeResults),
  ),
  reports: fc.nat({ max: probes }),
})
const wait = fc.record({
  type: fc.constant('wait' as const),
  ms: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...times).chain((ms) => fc.constantFrom(ms - 1, ms, ms + 1)) },
    { weight: 1, arbitrary: fc.constantFrom(-1, -bucketMs, -11 * bucketMs, -3_600_000) },
  ),
})

/** Rules as they may come with a later version: what one may eject, and the size of a bucket. */
const rules = fc.record({
  type: fc.constant('rules' as const),
  instance,
  policy: fc.record({
    version: fc.nat({ max: 3 }),
    bucketMs: fc.constantFrom(bucketMs, bucketMs / 2),
    maximumEjectedRatio: fc.constantFrom(0, 0.25, 0.5, 0.7, 1),
    minimumHealthy: fc.constantFrom(0, 1, 2),
  }),
})

type Chunk = readonly HealthCommand[]

/** An instance holds to be true what is not, and says so. */
const forgery: fc.Arbitrary<Chunk> = fc
  .record({
    type: fc.constant('forge' as const),
    instance,
    endpoint,
    ahead: fc.constantFrom(-1, 0, 0, 1, 10_000, absurdMs - 1, absurdMs, 2 * absurdMs),
    status: fc.constantFrom(...statuses),
    active: fc.nat({ max: 1 }),
  })
  .chain((forge) => {
    const said = fc.oneof(
      flush.map((each) => ({ ...each, instance: forge.instance, claims: 'all' as const })),
      probe.map((each) => ({ ...each, instance: forge.instance, endpoint: forge.endpoint })),
    )
    return said.map((each) => [forge, each])
  })

const disturbance: fc.Arbitrary<Chunk> = fc.oneof(
  forgery,
  fc
    .record({
      type: fc.constant('roster' as const),
      instance,
      fleet: fc.nat({ max: 4 }),
      endpoints: fc.constantFrom(1, 2, endpoints, endpoints, maximumEndpoints, maximumEndpoints + 1),
    })
    .map((each) => [each]),
  rules.map((each) => [each]),
  fc
    .record({ type: fc.constant('lose' as const), keys: fc.constantFrom('c', 'i', 'v', 'p', 'civp') })
    .map((each) => [each]),
)

/** Two instances see the same endpoint, or both primaries, fail at once. */
const outage: fc.Arbitrary<Chunk> = fc.tuple(endpoint, fc.boolean()).map(([which, both]) =>
  [0, 1].flatMap((who): Chunk => {
    const counts = Array.from({ length: endpoints }, (_, index) =>
      index === which || (both && index < 2) ? ([0, 4] as const) : ([1, 0] as const),
    )
    return [
      { type: 'flush', instance: who, counts, claims: 'needed' },
      { type: 'hear', instance: 1 - who },
    ]
  }),
)

/** After its time is over an endpoint is probed, and all goes well or the first goes wrong. */
const recovery: fc.Arbitrary<Chunk> = fc.tuple(endpoint, instance, fc.boolean()).map(([which, who, well]) => {
  const ask = {
    type: 'probe',
    instance: who,
    endpoint: which,
    wanted: probes,
    result: 'failed',
    reports: 0,
  } as const
  const first = { ...ask, wanted: 0, reports: 1, result: well ? 'succeeded' : 'failed' } as const
  return [
    { type: 'hear', instance: who },
    { type: 'wait', ms: openMs },
    ask,
    first,
    { ...ask, wanted: 0, reports: 2, result: 'succeeded' },
  ]
})

const single: fc.Arbitrary<HealthCommand> = fc.oneof(
  { weight: 8, arbitrary: flush },
  { weight: 6, arbitrary: probe },
  { weight: 4, arbitrary: wait },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('again' as const), instance }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('hear' as const), instance }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('look' as const), endpoint }) },
)

/** Histories of a service with four endpoints, two of them primaries. */
export const healthHistory: fc.Arbitrary<readonly HealthCommand[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: single.map((one): Chunk => [one]) },
      { weight: 2, arbitrary: outage },
      { weight: 2, arbitrary: recovery },
      { weight: 1, arbitrary: disturbance },
    ),
    { minLength: 1, maxLength: 60, size: 'max' },
  )
  .map((chunks) => chunks.flat())

/** What seldom happens by chance. */
export const seldomHistories: readonly (readonly HealthCommand[])[] = [
  [
    { type: 'roster', instance: 0, endpoints: maximumEndpoints + 1, fleet: 1 },
    { type: 'flush', instance: 0, counts: [], claims: 'all' },
  ],
  [
    ...[0, 1].map((who) => ({ type: 'flush', instance: who, counts: [[0, 4]], claims: 'all' }) as const),
    { type: 'hear', instance: 0 },
    { type: 'wait', ms: openMs },
    { type: 'probe', instance: 0, endpoint: 0, wanted: probes, result: 'failed', reports: 0 },
    { type: 'lose', keys: 'p' },
    { type: 'probe', instance: 0, endpoint: 0, wanted: 1, result: 'failed', reports: 0 },
  ],
  ...([-1, 0, absurdMs, 2 * absurdMs] as const).map(
    (ahead): Chunk => [
      ...[0, 1].map((who) => ({ type: 'flush', instance: who, counts: [[0, 4]], claims: 'all' }) as const),
      { type: 'hear', instance: 0 },
      { type: 'wait', ms: openMs },
      { type: 'probe', instance: 0, endpoint: 0, wanted: probes, result: 'failed', reports: 0 },
      { type: 'forge', instance: 0, endpoint: 0, ahead, status: 'closed', active: 1 },
      { type: 'probe', instance: 0, endpoint: 0, wanted: 1, result: 'failed', reports: 1 },
      { type: 'forge', instance: 1, endpoint: 0, ahead, status: 'closed', active: 1 },
      { type: 'flush', instance: 1, counts: [], claims: 'all' },
    ],
  ),
]

interface View {
  epoch: number
  status: Status
  openings: number
  until: number
}

/** What one instance of the history knows, as far as it has heard. */
interface Knowing {
  readonly name: string
  readonly views: Map<string, View>
  readonly tokens: Map<string, { epoch: number; token: number }[]>
  register: { epoch: number; active: number; panic: boolean }
  sequence: number
  endpoints: number
  fleet: number
  policy: HealthPolicy
  last: HealthFlushRequest | undefined
  heard: number
}

/** The instances of a history: says what a command has them ask, and takes in what they are answered and told. */
export class HealthFleet {
  readonly messages: Message[] = []
  readonly #instances: readonly Knowing[] = Array.from({ length: instances }, (_, index) => ({
    name: `i${index}`,
    views: new Map(),
    tokens: new Map(),
    register: { epoch: 0, active: 0, panic: false },
    sequence: 0,
    endpoints,
    fleet: 1,
    policy: healthPolicy,
    last: undefined,
    heard: 0,
  }))

  /** Undefined where the command asks the server for nothing. */
  request(command: HealthCommand, now: number): Request | undefined {
    switch (command.type) {
      case 'flush':
        return this.#flush(this.#of(command.instance), command.counts, command.claims === 'all', now)
      case 'again':
        return this.#of(command.instance).last
      case 'probe':
        return this.#probe(this.#of(command.instance), command, now)
      case 'look':
        return { type: 'health-look', id: 's', endpoints: [endpointName(command.endpoint), 'unknown'] }
      case 'hear':
        for (const message of this.messages) this.#hear(this.#of(command.instance), message, now)
        return undefined
      case 'forge': {
        const { views, register } = this.#of(command.instance)
        const view = viewOf(views, endpointName(command.endpoint))
        const epoch = Math.max(0, command.ahead === 0 ? view.epoch : now + command.ahead)
        views.set(endpointName(command.endpoint), {
          epoch,
          status: command.status,
          openings: 1,
          until: now + openMs,
        })
        const forged = command.ahead === 0 ? register.epoch : Math.max(0, now + command.ahead)
        this.#of(command.instance).register = { epoch: forged, active: command.active, panic: register.panic }
        return undefined
      }
      case 'roster':
        this.#of(command.instance).endpoints = command.endpoints
        this.#of(command.instance).fleet = command.fleet
        return undefined
      case 'rules':
        this.#of(command.instance).policy = { ...healthPolicy, ...command.policy }
        return undefined
      default:
        return undefined
    }
  }

  #of(index: number): Knowing {
    const found = this.#instances[index]
    if (found === undefined) throw new RangeError(`no instance ${index}`)
    return found
  }

  #flush(
    who: Knowing,
    counts: readonly (readonly [number, number])[],
    all: boolean,
    now: number,
  ): HealthFlushRequest {
    const said = Array.from({ length: who.endpoints }, (_, index): EndpointCounts => {
      const [successes = 0, failures = 0] = counts[index] ?? []
      const name = endpointName(index)
      const claim = claimOf(viewOf(who.views, name), now)
      const needed = all || successes + failures > 0 || claim.status !== 'closed'
      return { endpoint: name, group: index < 2 ? 0 : 1, successes, failures, ...(needed && { claim }) }
    })
    who.last = {
      type: 'health-flush',
      id: 's',
      instance: who.name,
      // Every so often one that has those forgotten that are silent.
      sequence: (who.sequence += who.sequence === 3 ? 253 : 1),
      register: who.register,
      fleet: who.fleet,
      endpoints: said,
      policy: who.policy,
    }
    return who.last
  }

  #probe(who: Knowing, command: HealthCommand & { type: 'probe' }, now: number): HealthProbeRequest {
    const name = endpointName(command.endpoint)
    const view = viewOf(who.views, name)
    const held = who.tokens.get(name) ?? []
    const reports = held.splice(0, command.reports).map(({ token }) => ({ token, result: command.result }))
    const { wanted } = command
    return {
      type: 'health-probe',
      id: 's',
      endpoint: name,
      claim: claimOf(view, now),
      reports,
      wanted,
      policy: who.policy,
    }
  }

  answered(command: HealthCommand, request: Request, reply: Reply, now: number): void {
    if (command.type !== 'flush' && command.type !== 'again' && command.type !== 'probe') return
    const who = this.#of(command.instance)
    if (reply.type === 'health-flush' && request.type === 'health-flush') {
      who.register = reply.register
      for (const [index, { endpoint: name }] of request.endpoints.entries()) {
        const state = reply.endpoints[index]
        if (state !== undefined) who.views.set(name, { ...state, until: now + state.remainingMs })
      }
    }
    if (reply.type === 'health-probe' && request.type === 'health-probe') {
      who.views.set(request.endpoint, { ...reply, until: now + reply.remainingMs })
      const granted = Array.from({ length: reply.tokens }, (_, index) => ({
        epoch: reply.epoch,
        token: reply.firstToken + index,
      }))
      who.tokens.set(request.endpoint, [...(who.tokens.get(request.endpoint) ?? []), ...granted])
    }
  }

  #hear(who: Knowing, message: Message, now: number): void {
    if (message.type === 'register' && message.epoch > who.register.epoch) who.register = message
    if (message.type !== 'endpoint' || message.epoch <= viewOf(who.views, message.endpoint).epoch) return
    who.views.set(message.endpoint, { ...message, until: now + message.remainingMs })
  }
}

/** One of them has a name of digits alone, and one a name that objects have. */
function endpointName(index: number): string {
  return ['7', 'constructor', 'c', '~d'][index] ?? `e${index}`
}

function viewOf(views: ReadonlyMap<string, View>, name: string): View {
  return views.get(name) ?? { epoch: 0, status: 'closed', openings: 0, until: 0 }
}

function claimOf({ epoch, status, openings, until }: View, now: number): Claim {
  return { epoch, status, openings, remainingMs: status === 'open' ? Math.max(0, until - now) : 0 }
}

/** When a history begins, on the server's clock. */
export const start = 1_800_000_000_000

/** What a server does with a request about the health of a service. */
export function serveHealth(record: HealthRecord, request: Request, now: number): HealthStep<Reply> {
  if (request.type === 'health-flush') return flushHealth(record, request, now)
  if (request.type === 'health-probe') return probeHealth(record, request, now)
  if (request.type === 'health-look') return { record, reply: lookHealth(record, request, now), messages: [] }
  throw new TypeError(request.type)
}

/** What a server holds that has lost some of the keys. */
export function lostHealth(record: HealthRecord, keys: string): HealthRecord {
  const { reporters, reportersExpireAt, failing, failingExpireAt, leases, leasesExpireAt } = record
  const rest = { reporters, reportersExpireAt, failing, failingExpireAt, leases, leasesExpireAt }
  const left = keys.includes('c') ? { ...emptyHealth, ...rest } : record
  return {
    ...left,
    ...(keys.includes('i') && { reporters: {}, reportersExpireAt: 0 }),
    ...(keys.includes('v') && { failing: {}, failingExpireAt: 0 }),
    ...(keys.includes('p') && { leases: {}, leasesExpireAt: 0 }),
  }
}

/** What a server still holds at `now`: what has expired does not come back when the clock steps back. */
export function keptHealth(record: HealthRecord, now: number): HealthRecord {
  const { expiresAt, reportersExpireAt, failingExpireAt, leasesExpireAt } = record
  const ends = { c: expiresAt, i: reportersExpireAt, v: failingExpireAt, p: leasesExpireAt }
  const gone = Object.entries(ends).filter(([, end]) => now >= end)
  return lostHealth(record, gone.map(([key]) => key).join(''))
}
