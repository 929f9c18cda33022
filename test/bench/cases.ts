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
  { name: 'hedge', ...alone },
  { name: 'stack of five', ...alone },
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
  /** What stands around the operation: the name of a call case. */
  readonly around: string
  readonly measure: 'made' | 'pending' | 'in flight' | 'keys'
  readonly count: number
  /** How often, each time in a new process. */
  readonly times: number
}

/** Measured in a process of its own each time, with figures of their own. */
export const scaleCases: readonly ScaleCase[] = [
  { name: 'made by the stack', around: 'stack of five', measure: 'made', count: 10_000, times: 1 },
  { name: '10 000 pending, timeout', around: 'timeout', measure: 'pending', count: 10_000, times: 3 },
  { name: '10 000 pending, stack', around: 'stack of five', measure: 'pending', count: 10_000, times: 1 },
  { name: '100 000 in flight', around: 'stack of five', measure: 'in flight', count: 100_000, times: 3 },
  { name: '100 000 keys', around: 'keys', measure: 'keys', count: 100_000, times: 1 },
]
