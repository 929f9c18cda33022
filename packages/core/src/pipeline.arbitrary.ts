import type { VirtualClock } from '@holdfast/testing'
import { callHistory, plannedOperation } from '@holdfast/testing/arbitraries'
import type { PlannedCall } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { HoldfastError, isError, partFrom, pipeline } from './index.ts'
import type { Call, Outcome, Part, PartConfig, Pipeline } from './index.ts'

export type PartName =
  | 'fallback'
  | 'endpoints'
  | 'choice'
  | 'total'
  | 'flight'
  | 'retry'
  | 'hedge'
  | 'breaker'
  | 'limit'
  | 'bulkhead'
  | 'attempt'

/** One of each kind, with times close to each other so that what they do meets. */
const parts: Readonly<Record<PartName, PartConfig>> = {
  fallback: { kind: 'fallback', run: () => 'fallback' },
  endpoints: { kind: 'fallback', name: 'endpoints', endpoints: [{ id: 'primary' }, { id: 'standby' }] },
  choice: {
    kind: 'endpoints',
    name: 'choice',
    primary: [{ id: 'first' }, { id: 'second' }],
    standby: [{ id: 'third' }],
    ejection: { consecutiveFailures: 2, baseMs: 50, maximumMs: 100, probeLeaseMs: 50 },
    slowStartMs: 50,
    dwellMs: 50,
  },
  flight: { kind: 'single-flight' },
  total: { kind: 'timeout', name: 'total', durationMs: 100 },
  retry: { kind: 'retry', attempts: 3, backoff: { type: 'constant', baseMs: 20, jitter: 'none' } },
  hedge: { kind: 'hedge', delayMs: 20 },
  breaker: {
    kind: 'circuit-breaker',
    minimumCalls: 3,
    window: { type: 'time', durationMs: 200 },
    burst: false,
    openMs: 50,
    maximumOpenMs: 100,
    probeLeaseMs: 50,
  },
  limit: { kind: 'rate-limit', limit: 5, intervalMs: 100, maximumWaitMs: 20 },
  bulkhead: { kind: 'bulkhead', limit: 2, queue: { size: 1, maximumWaitMs: 20 } },
  attempt: { kind: 'timeout', name: 'attempt', durationMs: 50 },
}

/** Some of the parts in any order that a pipeline accepts; what comes after `cut` stands in a nested pipeline. */
export interface Stack {
  readonly names: readonly PartName[]
  readonly cut: number
}

/** Stacks of the parts of those names. */
export function stacks(...names: readonly PartName[]): fc.Arbitrary<Stack> {
  return fc
    .shuffledSubarray([...names], { minLength: 1 })
    .chain((drawn) =>
      fc.record({ names: fc.constant(drawn), cut: fc.integer({ min: 1, max: drawn.length }) }),
    )
    .filter(isAccepted)
}

function isAccepted({ names }: Stack): boolean {
  const [attempt, choice] = [names.indexOf('attempt'), names.indexOf('choice')]
  const flight = names.indexOf('flight')
  if (flight > names.indexOf('hedge') && names.includes('hedge')) return false
  if (flight > choice && choice >= 0) return false
  if (attempt >= 0 && attempt < names.indexOf('total')) return false
  if (choice < 0) return true
  return !names.includes('endpoints') && choice > Math.max(names.indexOf('retry'), names.indexOf('hedge'))
}

export const anyStack: fc.Arbitrary<Stack> = stacks(
  ...(Object.keys(parts) as PartName[]), // the keys are those of the constant above
)

/** Options that some of the parts have beside those above. */
export type Extras = Readonly<Partial<Record<PartName, object>>>

export function partsOf(names: readonly PartName[], extras: Extras = {}): readonly Part[] {
  return names.map((name) => partFrom({ ...parts[name], ...extras[name] }))
}

/** A new pipeline of new parts. */
export function build({ names, cut }: Stack, clock: VirtualClock, extras: Extras = {}): Pipeline {
  const made = partsOf(names, extras)
  const options = { clock, random: () => 0.5 }
  if (cut >= made.length) return pipeline('test', made, options)
  return pipeline('test', [...made.slice(0, cut), pipeline('inner', made.slice(cut), options)], options)
}

/** A history of calls around the times of the parts, whose operations may honour an abort. */
export interface History {
  readonly calls: readonly PlannedCall[]
  readonly honoursAbort: boolean
}

export function histories(
  options: { readonly aborts?: boolean; readonly maximumCalls?: number } = {},
): fc.Arbitrary<History> {
  const { aborts = true, maximumCalls = 15 } = options
  return fc.record({
    calls: callHistory({ boundariesMs: [1, 20, 50, 100], maximumCalls, aborts }),
    honoursAbort: fc.boolean(),
  })
}

/** What happened to a call, and when. `returned`: its promise was there. `ran` and `ended` are about its operation. */
export interface Entry {
  readonly did: 'began' | 'returned' | 'ran' | 'ended' | 'aborted' | 'settled'
  readonly call: number
  readonly at: number
  readonly attempt?: number
  readonly outcome?: Outcome
}

/** What the caller of call number `call` aborts it with. */
export const abortReason = (call: number): string => `caller ${call} has left`

export interface PlayOptions {
  /** What a call runs. Default: as planned. */
  readonly operation?: (planned: PlannedCall, call: number) => (given: Call) => unknown
  /** Asked after everything that happens. */
  readonly check?: (entry: Entry) => void
}

export interface Played {
  /** What happened, in order. */
  readonly journal: readonly Entry[]
  /** The callers' signals. */
  readonly signals: readonly AbortSignal[]
}

/** Plays the history on the pipeline until long after its last call. */
export async function play(
  guarded: Pick<Pipeline, 'clock' | 'executeOutcome'>,
  { calls, honoursAbort }: History,
  options: PlayOptions = {},
): Promise<Played> {
  // The pipelines of properties are all made with a virtual clock.
  const clock = guarded.clock as VirtualClock
  const { operation = plannedOperation, check } = options
  const journal: Entry[] = []
  const complaints: unknown[] = []
  const note = (told: Omit<Entry, 'at'>): void => {
    const entry = { ...told, at: clock.now() }
    journal.push(entry)
    try {
      check?.(entry)
    } catch (complaint) {
      // Thrown here it would be taken for the operation's own.
      complaints.push(complaint)
    }
  }
  const callers = calls.map(() => new AbortController())
  const begin = (planned: PlannedCall, call: number): void => {
    const own = operation(planned, call)
    const run = (given: Call): unknown => {
      const { attempt } = given
      note({ did: 'ran', call, attempt })
      const result = own(given)
      if (!(result instanceof Promise)) return result
      return heard(honoursAbort ? untilCut(result, given) : result, (outcome) =>
        note({ did: 'ended', call, attempt, outcome }),
      )
    }
    note({ did: 'began', call })
    const signal = callers[call]?.signal
    const settled = guarded.executeOutcome(run, { key: `${call}`, signal })
    note({ did: 'returned', call })
    void settled.then((outcome) => note({ did: 'settled', call, outcome }))
  }
  const abort = (call: number): void => {
    note({ did: 'aborted', call })
    callers[call]?.abort(abortReason(call))
  }
  for (const { at, call, planned } of timetable(calls, clock.now())) {
    await clock.advanceTo(at)
    if (planned === undefined) abort(call)
    else begin(planned, call)
    await clock.settle()
  }
  await clock.advance(10_000)
  if (complaints.length > 0) throw complaints[0]
  return { journal, signals: callers.map(({ signal }) => signal) }
}

interface Appointment {
  readonly at: number
  readonly call: number
  /** Undefined: it is aborted. */
  readonly planned: PlannedCall | undefined
}

function timetable(calls: readonly PlannedCall[], start: number): readonly Appointment[] {
  let at = start
  const appointments = calls.flatMap((planned, call): Appointment[] => {
    at += planned.afterMs
    const begins = { at, call, planned }
    const { abortedAfterMs } = planned
    return abortedAfterMs === undefined
      ? [begins]
      : [begins, { at: at + abortedAfterMs, call, planned: undefined }]
  })
  return appointments.toSorted((one, other) => one.at - other.at)
}

/** The promise, or the reason as soon as the call is cut short. */
function untilCut(promise: Promise<unknown>, call: Call): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = call.onCancel(reject)
    promise.then(resolve, reject).finally(stop)
  })
}

/** The promise as it is, of whose end `tell` hears first. */
function heard(promise: Promise<unknown>, tell: (outcome: Outcome) => void): Promise<unknown> {
  return promise.then(
    (value) => {
      tell({ value })
      return value
    },
    (error: unknown) => {
      tell({ error })
      throw error
    },
  )
}

/** The entries of one call. */
export function entriesOf(journal: readonly Entry[], call: number): readonly Entry[] {
  return journal.filter((entry) => entry.call === call)
}

/** A journal that can be compared: errors made anew by the parts are told by their codes. */
export function readable(journal: readonly Entry[]): readonly unknown[] {
  return journal.map((entry) =>
    entry.outcome === undefined ? entry : { ...entry, outcome: readableOutcome(entry.outcome) },
  )
}

function readableOutcome(outcome: Outcome): unknown {
  const error = isError(outcome) ? outcome.error : undefined
  return error instanceof HoldfastError ? error.code : outcome
}
