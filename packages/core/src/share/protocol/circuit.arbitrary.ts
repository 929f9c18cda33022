import fc from 'fast-check'
import type { BreakerPolicy } from './breaker-policy.ts'
import { emptyRecord, remainingMs } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { flush } from './flush.ts'
import type { FlushReply, FlushRequest } from './flush.ts'
import { look } from './look.ts'
import type { LookReply, LookRequest } from './look.ts'
import { overrideStates } from './message.ts'
import type { Message, OverrideState } from './message.ts'
import { control, emptyOverride } from './override-record.ts'
import type { ControlReply, ControlRequest, OverrideRecord } from './override-record.ts'
import { usualPolicy } from './policy.arbitrary.ts'
import { probe, probeResults } from './probe.ts'
import type { ProbeReply, ProbeRequest, ProbeResult } from './probe.ts'
import { absurdMs, statuses } from './status.ts'
import type { Claim, Status } from './status.ts'
import type { Step } from './step.ts'

/** When the server's clock stands as a story begins, in milliseconds. */
export const start = 1_700_000_000_000

/** Small numbers, so that every rule is met within a few requests. */
export const base: BreakerPolicy = { ...usualPolicy, minimumCalls: 3, probeLeaseMs: 5_000, quorumMinimum: 1 }

/** No instance opens the circuit alone. */
const pair: BreakerPolicy = { ...base, version: 1, quorumMinimum: 2 }

/** The newest two buckets decide. */
const sudden: BreakerPolicy = { ...base, failureRatio: 1, burstRatio: 0.6, minimumCalls: 20 }

/** The rules of a fleet: what an instance sends in this version or in another. */
export const policies: readonly BreakerPolicy[] = [
  base,
  pair,
  sudden,
  { ...base, version: 2, bucketMs: 100, burstRatio: 2, probes: 1, probeSuccesses: 1, maximumOpenMs: 1_000 },
  { ...base, version: 2, minimumCalls: 1, failureRatio: 1e-7, quorumRatio: 1, quorumMinimum: 1 },
  {
    ...base,
    version: 3,
    bucketMs: 70_000,
    openMs: 400_000,
    maximumOpenMs: 9 * absurdMs,
    probeLeaseMs: 400_000,
  },
]

/** Texts that are no policy, each for one reason. */
export const senseless: readonly string[] = [
  '',
  '1',
  '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2',
  '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20,1',
  '1,0,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,1000,20,.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,1000,20,0.5.1,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,1000,20,1e400,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,1000,2.5,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  '-1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,9007199254740992,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,9007199254740992',
  '1,1000,20,0.5,0.9,1000,15000,3,2,5000,1e-,2,20',
]

/** What an instance holds to be the state, told by what is the state. */
type ClaimKind = 'right' | 'stale' | 'ahead' | 'almost absurd' | 'absurd' | 'conflicting'

interface Claimed {
  readonly kind: ClaimKind
  readonly status: Status
  readonly remainingMs: number
  readonly openings: number
}

/** What happens next in a story of one circuit. */
export type Action =
  | {
      readonly type: 'flush'
      readonly instance: number
      /** Where the sequence number stands: after the last, at the last, before it, or at one at which the server tidies up. */
      readonly sequence: 'next' | 'same' | 'earlier' | 'tidy'
      readonly claim: Claimed
      readonly successes: number
      readonly failures: number
      readonly fleet: number
      readonly policy: BreakerPolicy
    }
  | {
      readonly type: 'probe'
      readonly claim: Claimed
      readonly reports: readonly { readonly token: number; readonly result: ProbeResult }[]
      readonly wanted: number
      readonly policy: BreakerPolicy
    }
  | { readonly type: 'look' }
  | {
      readonly type: 'control'
      readonly state: OverrideState
      readonly forMs: number
      readonly command: number
      readonly why: string
    }
  /** The clock goes on or back by a span, or to a moment that the circuit waits for and `ms` beyond. */
  | {
      readonly type: 'time'
      readonly to: 'span' | 'end of opening' | 'end of lease' | 'expiry'
      readonly ms: number
    }
  /** A key is lost. */
  | { readonly type: 'lose'; readonly key: LostKey }

export type LostKey = 'c' | 'i' | 'v' | 'p' | 'o' | 'a'

const hour = 3_600_000

const right: Claimed = { kind: 'right', status: 'closed', remainingMs: 0, openings: 0 }

const claims: fc.Arbitrary<Claimed> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant<ClaimKind>('right') },
    {
      weight: 2,
      arbitrary: fc.constantFrom<ClaimKind>('stale', 'ahead', 'almost absurd', 'absurd', 'conflicting'),
    },
  ),
  status: fc.constantFrom(...statuses),
  remainingMs: fc.constantFrom(0, 1, 999, 1_000, 15_000, absurdMs + 1),
  openings: fc.constantFrom(0, 1, 2, 60),
})

const policy = fc.oneof(
  { weight: 6, arbitrary: fc.constant(base) },
  { weight: 3, arbitrary: fc.constant(pair) },
  { weight: 3, arbitrary: fc.constantFrom(...policies) },
)

const flushes: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('flush'),
  instance: fc.integer({ min: 0, max: 3 }),
  sequence: fc.oneof(
    { weight: 8, arbitrary: fc.constant('next') },
    { weight: 2, arbitrary: fc.constantFrom('same', 'earlier', 'tidy') },
  ),
  claim: claims,
  successes: fc.constantFrom(0, 0, 1, 2, 3, 1_000),
  failures: fc.constantFrom(0, 1, 2, 3, 20),
  fleet: fc.constantFrom(1, 1, 2, 30),
  policy,
})

const reports = fc.array(
  fc.record({
    token: fc.integer({ min: 1, max: 7 }),
    result: fc.oneof(
      { weight: 3, arbitrary: fc.constant<ProbeResult>('succeeded') },
      { weight: 4, arbitrary: fc.constantFrom(...probeResults) },
    ),
  }),
  { maxLength: 4 },
)

const probes: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('probe'),
  claim: claims,
  reports,
  wanted: fc.constantFrom(0, 1, 1, 2, 3, 10),
  policy,
})

const controls: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('control'),
  state: fc.constantFrom(...overrideStates),
  forMs: fc.constantFrom(1, 1_000, 900_000, absurdMs, absurdMs + 1),
  command: fc.integer({ min: 0, max: 5 }),
  why: fc.constantFrom('', 'maintenance', 'a|b,c\n\u{1f980}'),
})

const spans = [0, 1, 999, 1_000, 1_001, 9_999, 10_000, 10_001, 100, 599_999, 600_000, 2_800_000, absurdMs]
const stepsBack = [-1, -999, -1_000, -10_000, -10_001, -11_001, -hour, -72 * hour]

const moves: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('time'),
      to: fc.constant('span'),
      ms: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(0, 1, 100, 999, 1_000) },
        { weight: 2, arbitrary: fc.constantFrom(...spans) },
        { weight: 1, arbitrary: fc.constantFrom(...stepsBack) },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('time'),
      to: fc.constantFrom('end of opening', 'end of opening', 'end of lease', 'expiry'),
      ms: fc.constantFrom(-1, 0, 0, 1),
    }),
  },
)

const losses: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('lose'),
  key: fc.constantFrom('c', 'i', 'v', 'p', 'o', 'a'),
})

/** Whatever may happen to one circuit, mostly what does. */
const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: flushes },
  { weight: 10, arbitrary: probes },
  { weight: 8, arbitrary: moves },
  { weight: 1, arbitrary: fc.constant<Action>({ type: 'look' }) },
  { weight: 1, arbitrary: controls },
  { weight: 1, arbitrary: losses },
)

/** Traffic that goes on for longer than a window and hardly fails. */
const steady: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('flush'),
      instance: fc.integer({ min: 0, max: 3 }),
      sequence: fc.constantFrom('next', 'next', 'next', 'tidy'),
      claim: fc.constant(right),
      successes: fc.constantFrom(0, 1, 20, 1_000),
      failures: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 50),
      fleet: fc.constant(4),
      policy: fc.constantFrom(base, base, pair, sudden),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('time'),
      to: fc.constant('span'),
      ms: fc.constantFrom(1, 999, 1_000, 1_000, 1_001, 2_000, 3_000, 9_000, 9_999, -1, -1_000, -3_000),
    }),
  },
)

/** Everybody fails, so that the circuit opens. */
const outage: Action = {
  type: 'flush',
  instance: 0,
  sequence: 'next',
  claim: right,
  successes: 0,
  failures: 20,
  fleet: 1,
  policy: base,
}

/** Probes one by one, with their reports and without. */
const recovery: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('probe'),
      claim: fc.constant(right),
      reports: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: reports }),
      wanted: fc.constantFrom(0, 1, 1, 2),
      policy: fc.constantFrom(base, base, base, pair),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('time'),
      to: fc.constantFrom('end of opening', 'end of lease'),
      ms: fc.constantFrom(-1, 0, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('time'),
      to: fc.constant('span'),
      ms: fc.constantFrom(0, 1, 100, 1_000, -1_000, -72 * hour),
    }),
  },
)

const size = { minLength: 1, maxLength: 60, size: 'max' } as const

/** Stories of one circuit that are long enough for it to open and close, for its window to slide, or to be probed. */
export const stories: fc.Arbitrary<readonly Action[]> = fc.oneof(
  { weight: 3, arbitrary: fc.array(actions, size) },
  { weight: 1, arbitrary: fc.array(steady, size) },
  { weight: 1, arbitrary: fc.array(recovery, size).map((after) => [outage, ...after]) },
)

const pause = (ms: number): Action => ({ type: 'time', to: 'span', ms })
const ask = (wanted: number, ...returned: readonly number[]): Action => ({
  type: 'probe',
  claim: right,
  reports: returned.map((token) => ({ token, result: 'returned' })),
  wanted,
  policy: base,
})

/** Moments that chance seldom meets. */
export const tales: readonly (readonly Action[])[] = [
  // Votes of two instances, and of one, that are a window apart.
  ...[9_999, 10_000, 10_001].flatMap((ms) => [
    [{ ...outage, failures: 1, policy: pair }, pause(ms), { ...outage, instance: 1, policy: pair }],
    [{ ...outage, failures: 1 }, pause(ms), outage],
  ]),
  // Just as many failures in two buckets as are enough.
  [
    { ...outage, successes: 1_000, failures: 0, policy: sudden },
    pause(5_000),
    { ...outage, failures: 10, policy: sudden },
    pause(1_000),
    { ...outage, failures: 9, policy: sudden },
    { ...outage, failures: 1, policy: sudden },
  ],
  // More probes handed back than may be granted again.
  [outage, { type: 'time', to: 'end of opening', ms: 0 }, ask(3), ask(3, 1, 2, 3), ask(3, 4), ask(0, 5)],
]

/** What was asked, and what the pure functions answer. */
export interface Played {
  readonly request: FlushRequest | ProbeRequest | LookRequest | ControlRequest
  readonly reply: FlushReply | ProbeReply | LookReply | ControlReply
  readonly message?: Message
}

/** A circuit to which a story happens, kept by the pure functions. */
export class Circuit {
  readonly id: string
  record: BreakerRecord = emptyRecord
  said: OverrideRecord = emptyOverride
  now: number = start
  /** The last sequence number of each instance. */
  readonly #sequences = new Map<number, number>()

  constructor(id: string) {
    this.id = id
  }

  /** Undefined where nobody asks anything. */
  play(action: Action): Played | undefined {
    switch (action.type) {
      case 'time':
        this.#move(action)
        return undefined
      case 'lose':
        this.#lose(action.key)
        return undefined
      case 'look': {
        const request = { type: 'look', id: this.id } as const
        return { request, reply: look(this.record, this.said, this.now) }
      }
      case 'control':
        return this.#control(action)
      case 'flush':
        return this.#kept(this.#flushRequest(action), flush)
      case 'probe':
        return this.#kept(this.#probeRequest(action), probe)
    }
  }

  /** What an instance claims. */
  claim({ kind, ...drawn }: Claimed): Claim {
    const { epoch, status, openings } = this.record
    switch (kind) {
      case 'right':
        return { epoch, status, remainingMs: remainingMs(this.record, this.now), openings }
      case 'stale':
        return { ...drawn, epoch: Math.max(0, epoch - 1) }
      case 'ahead':
        return { ...drawn, epoch: epoch + 1 }
      case 'almost absurd':
        return { ...drawn, epoch: this.now + absurdMs - 1 }
      case 'absurd':
        return { ...drawn, epoch: this.now + absurdMs }
      case 'conflicting':
        return { ...drawn, epoch }
    }
  }

  #kept<Asked extends FlushRequest | ProbeRequest, Told extends FlushReply | ProbeReply>(
    request: Asked,
    serve: (record: BreakerRecord, request: Asked, now: number) => Step<BreakerRecord, Told>,
  ): Played {
    const { record, ...served } = serve(this.record, request, this.now)
    this.record = record
    return { request, ...served }
  }

  #control({ state, forMs, command, why }: Extract<Action, { readonly type: 'control' }>): Played {
    const names = {
      id: this.id,
      name: `the name of ${this.id}`,
      by: 'somebody',
      request: `command-${command}`,
    }
    const request = { type: 'control', ...names, state, forMs, why } as const
    const { record, ...served } = control(this.said, request, this.now)
    this.said = record
    return { request, ...served }
  }

  #flushRequest({
    instance,
    sequence: kind,
    claim,
    ...drawn
  }: Extract<Action, { readonly type: 'flush' }>): FlushRequest {
    const last = this.#sequences.get(instance) ?? 0
    const sequence = sequenceAfter(last, kind)
    this.#sequences.set(instance, Math.max(last, sequence))
    return { ...drawn, id: this.id, instance: `instance-${instance}`, sequence, claim: this.claim(claim) }
  }

  #probeRequest({ claim, ...drawn }: Extract<Action, { readonly type: 'probe' }>): ProbeRequest {
    return { ...drawn, id: this.id, claim: this.claim(claim) }
  }

  /** What has expired stays so when the clock steps back. */
  #move(action: Extract<Action, { readonly type: 'time' }>): void {
    this.now = movedTo(action, this.record, this.now)
    const { expiresAt, reportersExpireAt, failingExpireAt, leasesExpireAt } = this.record
    const { expiresAt: saidExpiresAt, auditExpiresAt } = this.said
    if (expiresAt <= this.now) this.#lose('c')
    if (reportersExpireAt <= this.now) this.#lose('i')
    if (failingExpireAt <= this.now) this.#lose('v')
    if (leasesExpireAt <= this.now) this.#lose('p')
    if (saidExpiresAt <= this.now) this.#lose('o')
    if (auditExpiresAt <= this.now) this.#lose('a')
  }

  #lose(key: LostKey): void {
    this.record = { ...this.record, ...lost[key].record }
    this.said = { ...this.said, ...lost[key].said }
  }
}

/** What is true of a record whose key is gone. */
const lost: Readonly<
  Record<LostKey, { readonly record?: Partial<BreakerRecord>; readonly said?: Partial<OverrideRecord> }>
> = {
  c: { record: { expiresAt: 0 } },
  i: { record: { reportersExpireAt: 0 } },
  v: { record: { failingExpireAt: 0 } },
  p: { record: { leasesExpireAt: 0 } },
  o: { said: { expiresAt: 0 } },
  a: { said: { auditExpiresAt: 0 } },
}

function sequenceAfter(last: number, kind: 'next' | 'same' | 'earlier' | 'tidy'): number {
  switch (kind) {
    case 'next':
      return last + 1
    case 'same':
      return Math.max(1, last)
    case 'earlier':
      return Math.max(1, last - 1)
    case 'tidy':
      return 256 * (Math.floor(last / 256) + 1)
  }
}

/** The moment to which an action moves the clock. */
function movedTo(
  { to, ms }: Extract<Action, { readonly type: 'time' }>,
  record: BreakerRecord,
  now: number,
): number {
  const ends = Object.values(record.leases)
  switch (to) {
    case 'span':
      return now + ms
    case 'end of opening':
      return record.status === 'open' ? Math.max(now, record.until + ms) : now
    case 'end of lease':
      return ends.length > 0 ? Math.max(now, Math.min(...ends) + ms) : now
    case 'expiry':
      return Math.max(now, record.expiresAt + ms)
  }
}
