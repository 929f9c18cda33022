/** How one call of a case ends where everything is as it should be. */
export type Ending = 'value' | 'fallback' | { readonly refusedWith: RegExp }

export interface CallCase {
  readonly name: string
  readonly operation: 'answers' | 'fails' | 'fails twice' | 'hangs'
  readonly ending: Ending
  /** How often the operation runs in one call. */
  readonly runs: number
  /** What the column `bare` is in this case. */
  readonly bare: string
  /** So many calls at once, and CPU time instead of wall time: for calls that wait for a timer. */
  readonly atOnce?: number
}

const alone = { operation: 'answers', ending: 'value', runs: 1, bare: 'the bare call' } as const
const refused = { operation: 'answers', runs: 0, bare: 'a bare rejecting call' } as const

/** Measured in slices, all subjects in every round. */
export const callCases: readonly CallCase[] = [
  { name: 'retry', ...alone },
  { name: 'timeout', ...alone },
  { name: 'breaker', ...alone },
  { name: 'bulkhead', ...alone },
  { name: 'fallback', ...alone },
  { name: 'rate limit', ...alone },
  { name: 'hot key limit, 100 000 keys', ...alone },
  { name: 'hedge', ...alone },
  { name: 'a given endpoint, timed', ...alone },
  { name: 'one of 100 endpoints', ...alone },
  { name: 'stack of five', ...alone },
  { name: 'stack of five, faults off', ...alone },
  { name: 'standard preset', ...alone },
  {
    name: 'open breaker refuses',
    ...refused,
    ending: { refusedWith: /ERR_CIRCUIT_OPEN|BrokenCircuitError|EOPENBREAKER|Circuit is opened/ },
  },
  {
    name: 'full bulkhead refuses',
    ...refused,
    ending: { refusedWith: /ERR_BULKHEAD_FULL|BulkheadRejectedError|ESEMLOCKED|overloaded/ },
  },
  {
    name: 'request admitted',
    ...alone,
    bare: 'a middleware that does nothing, request and response stubbed',
  },
  {
    name: 'request shed',
    ...refused,
    bare: 'a middleware that hands on one error, request and response stubbed',
    ending: { refusedWith: /RefusedError ERR_BULKHEAD_FULL/ },
  },
  { name: 'retry of three', operation: 'fails twice', ending: 'value', runs: 3, bare: 'a loop by hand' },
  { name: 'fallback taken', operation: 'fails', ending: 'fallback', runs: 1, bare: 'a catch by hand' },
  {
    name: 'timeout fires',
    operation: 'hangs',
    ending: { refusedWith: /ERR_TIMEOUT|TaskCancelledError|ETIMEDOUT|TimeoutError|Timed out/ },
    runs: 1,
    bare: 'a promise and setTimeout by hand',
    atOnce: 200,
  },
]

export interface ScaleCase {
  readonly name: string
  readonly measure: 'made' | 'pending' | 'in flight' | 'keys'
  /** What stands around the operation: the name of a case that the subjects know. */
  readonly around: string
  readonly count: number
  /** How often, each time in a new process. */
  readonly times: number
  /** Left out unless asked for, with what is known about it. */
  readonly tooSlow?: Readonly<Record<string, string>>
}

const stack = 'stack of five'
const tooSlow = { cockatiel: '> 60 s' }
const quadratic = { ...tooSlow, mollitia: '> 15 s' }

/** Measured in a process of its own each time, with figures of their own. */
export const scaleCases: readonly ScaleCase[] = [
  { name: 'made by a stack of five', measure: 'made', around: stack, count: 10_000, times: 1 },
  { name: '10 000 pending, timeout', measure: 'pending', around: 'timeout', count: 10_000, times: 1 },
  { name: '10 000 pending, stack', measure: 'pending', around: stack, count: 10_000, times: 1 },
  {
    name: '100 000 pending, stack',
    measure: 'pending',
    around: stack,
    count: 100_000,
    times: 1,
    tooSlow: quadratic,
  },
  { name: '100 000 in flight', measure: 'in flight', around: stack, count: 100_000, times: 3, tooSlow },
  { name: '100 000 keyed breakers', measure: 'keys', around: 'keyed breaker', count: 100_000, times: 1 },
]
