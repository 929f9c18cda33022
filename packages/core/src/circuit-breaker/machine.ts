import { window } from '../window.ts'
import type { Window, WindowOptions } from '../window.ts'

/** When the circuit opens, and how it finds out whether it may close. */
export interface Rules {
  readonly window: WindowOptions
  readonly failureRatio: number
  readonly minimumCalls: number
  readonly slowCallMs: number
  readonly slowRatio: number
  readonly consecutiveFailures: number
  readonly burst: { readonly failureRatio: number; readonly buckets: number } | false
  readonly openMs: number
  readonly maximumOpenMs: number
  readonly probes: number
  readonly probeSuccesses: number
  readonly probeLeaseMs: number
}

export const tripReasons = [
  'failures',
  'slow calls',
  'consecutive failures',
  'burst',
  'custom',
  'probes failed',
] as const

export type TripReason = (typeof tripReasons)[number]

/** Calls pass and are counted. */
export interface Closed {
  readonly kind: 'closed'
  /** Grows with every transition: a result counts only in the generation that it was admitted in. */
  readonly generation: number
  readonly since: number
  /** Whether a round of probes closed it, so that traffic may have to ramp up. */
  readonly recovered: boolean
  readonly window: Window
  consecutive: number
}

/** Calls are refused until a moment. */
export interface Open {
  readonly kind: 'open'
  readonly generation: number
  readonly since: number
  readonly until: number
  /** How many times in a row it has opened without closing. */
  readonly openings: number
  readonly reason: TripReason
}

/** A few calls probe. */
export interface HalfOpen {
  readonly kind: 'half-open'
  readonly generation: number
  readonly since: number
  readonly openings: number
  /** Until when each probe that runs may take. */
  readonly leases: readonly number[]
  readonly successes: number
  readonly failures: number
  /** How many probes ended without a verdict, and gave their turn back. */
  readonly returned: number
}

export type State = Closed | Open | HalfOpen

/** What a call's ending says of the operation. */
export type Result = 'success' | 'failure' | 'nothing' | 'unstarted'

export type Event =
  /** Somebody asks what the state is now, again until nothing changes. `jitter` is uniform in [0, 1). */
  | { readonly type: 'looked'; readonly now: number; readonly jitter: number }
  | { readonly type: 'probed'; readonly now: number }
  | {
      readonly type: 'probe-ended'
      readonly now: number
      readonly jitter: number
      readonly lease: number
      readonly result: Result
    }
  | { readonly type: 'tripped'; readonly now: number; readonly jitter: number; readonly reason: TripReason }

export function closed(generation: number, now: number, rules: Rules, recovered = false): Closed {
  return { kind: 'closed', generation, since: now, recovered, window: window(rules.window), consecutive: 0 }
}

/** The same state under new rules. Its window takes over what fits. */
export function refitted(state: State, now: number, rules: Rules): State {
  if (state.kind !== 'closed') return state
  const { cellMs } = state.window
  const fresh = window(rules.window)
  fresh.fill(now, state.window.cells(now), cellMs)
  return { ...state, window: fresh }
}

/** The state after `event`; the very same object where nothing changes. */
export function step(state: State, event: Event, rules: Rules): State {
  switch (event.type) {
    case 'looked':
      return look(state, event.now, event.jitter, rules)
    case 'tripped':
      return open(state, event.now, event.jitter, event.reason, 1, rules)
    case 'probed':
      if (state.kind !== 'half-open') return state
      return { ...state, leases: [...state.leases, event.now + rules.probeLeaseMs] }
    case 'probe-ended':
      if (state.kind !== 'half-open') return state
      return judge(probeEnded(state, event.lease, event.result, rules), event.now, event.jitter, rules)
  }
}

/**
 * The next state on the way to the present one. Derived from the moments that have passed, so that it does not matter
 * how often somebody looked meanwhile. Judged even when no probe was lost, because the rules may be new.
 */
function look(state: State, now: number, jitter: number, rules: Rules): State {
  if (state.kind === 'closed') return state
  if (state.kind === 'open') return now < state.until ? state : halfOpen(state, state.until)
  let round = state
  for (const lease of state.leases.filter((each) => each <= now).sort((a, b) => a - b)) {
    const leases = round.leases.filter((each) => each > lease)
    const failures = round.failures + round.leases.length - leases.length
    const judged = judge({ ...round, leases, failures }, lease, jitter, rules)
    if (judged.kind !== 'half-open') return judged
    round = judged
  }
  return judge(round, now, jitter, rules)
}

function halfOpen({ generation, openings }: Open, now: number): HalfOpen {
  const none = { leases: [], successes: 0, failures: 0, returned: 0 }
  return { kind: 'half-open', generation: generation + 1, since: now, openings, ...none }
}

function open(
  { generation }: State,
  now: number,
  jitter: number,
  reason: TripReason,
  openings: number,
  { openMs, maximumOpenMs }: Rules,
): Open {
  const grown = Math.min(maximumOpenMs, openMs * 2 ** Math.min(openings - 1, 1_000))
  // Up to a tenth longer, so that the instances of a fleet do not probe in step.
  const until = now + grown * (1 + jitter / 10)
  return { kind: 'open', generation: generation + 1, since: now, until, openings, reason }
}

/** By how much a lease may be off after a snapshot, which keeps distances that are rounded. */
const restoringMs = 0.001

/** A verdict counts. Without one the turn is given back, at most once for each probe of the round. */
function probeEnded(state: HalfOpen, lease: number, result: Result, { probes }: Rules): HalfOpen {
  const at = state.leases.findIndex((each) => Math.abs(each - lease) < restoringMs)
  if (at < 0) return state
  const leases = state.leases.toSpliced(at, 1)
  if (result === 'success') return { ...state, leases, successes: state.successes + 1 }
  if (result !== 'failure' && state.returned < probes)
    return { ...state, leases, returned: state.returned + 1 }
  return { ...state, leases, failures: state.failures + 1 }
}

function judge(state: HalfOpen, now: number, jitter: number, rules: Rules): State {
  if (state.successes >= rules.probeSuccesses) return closed(state.generation + 1, now, rules, true)
  if (state.failures <= rules.probes - rules.probeSuccesses) return state
  return open(state, now, jitter, 'probes failed', state.openings + 1, rules)
}

/** Whether the half-open state has a probe to give. */
export function hasProbe({ leases, successes, failures }: HalfOpen, { probes }: Rules): boolean {
  return leases.length + successes + failures < probes
}

/** Why the counts open the circuit, if they do. `overdue` calls run, and have been slow already. */
export function tripReason(
  state: Closed,
  now: number,
  overdue: number,
  rules: Rules,
): TripReason | undefined {
  if (state.consecutive >= rules.consecutiveFailures) return 'consecutive failures'
  const { minimumCalls, failureRatio, slowRatio, burst } = rules
  const { calls, failures, slow, ignored } = state.window.counts(now)
  const judged = calls - ignored
  if (judged >= minimumCalls && reaches(failures, judged, failureRatio)) return 'failures'
  if (calls + overdue >= minimumCalls && reaches(slow + overdue, calls + overdue, slowRatio))
    return 'slow calls'
  if (burst === false) return undefined
  const recent = state.window.recent(now, burst.buckets)
  if (recent === undefined) return undefined
  const judgedLately = recent.calls - recent.ignored
  if (judgedLately < minimumCalls) return undefined
  return reaches(recent.failures, judgedLately, burst.failureRatio) ? 'burst' : undefined
}

function reaches(part: number, whole: number, ratio: number): boolean {
  return part > 0 && part / whole >= ratio
}
