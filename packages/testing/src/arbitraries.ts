import type { Call } from '@holdfast/core'
import fc from 'fast-check'

/** Whole numbers at and around a bound: 0, 1, n - 1, n, n + 1, and now and then any other up to twice the bound. */
export function around(bound: number): fc.Arbitrary<number> {
  const edges = [0, 1, bound - 1, bound, bound + 1].filter((edge) => edge >= 0)
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...new Set(edges)) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: bound * 2 }) },
  )
}

/** One call of a history: how long after the one before it begins, how long it runs, and how it ends. */
export interface PlannedCall {
  readonly afterMs: number
  readonly durationMs: number
  readonly ends: 'value' | 'error' | 'never'
  /** When its caller aborts it, counted from its beginning. */
  readonly abortedAfterMs: number | undefined
}

export interface HistoryOptions {
  /** The durations that matter to what is tested; gaps and durations are drawn around them. */
  readonly boundariesMs: readonly number[]
  readonly maximumCalls?: number
  /** Whether operations that never answer are drawn. Default false. */
  readonly hangs?: boolean
  /** Whether callers abort. Default false. */
  readonly aborts?: boolean
}

/** Histories of calls whose times lie around the boundaries of what is tested. */
export function callHistory(options: HistoryOptions): fc.Arbitrary<readonly PlannedCall[]> {
  const time = fc.oneof(...options.boundariesMs.map(around))
  const ends: PlannedCall['ends'][] =
    options.hangs === true ? ['value', 'error', 'never'] : ['value', 'error']
  const call = fc.record({
    afterMs: time,
    durationMs: time,
    ends: fc.constantFrom(...ends),
    abortedAfterMs:
      options.aborts === true ? fc.option(time, { nil: undefined, freq: 3 }) : fc.constant(undefined),
  })
  return fc.array(call, { minLength: 1, maxLength: options.maximumCalls ?? 40 })
}

/**
 * An operation that goes as planned on the clock of its call, whatever becomes of the call: it ends with the value
 * `'done'`, with an error, or never.
 */
export function plannedOperation(planned: PlannedCall): (call: Call) => Promise<string> {
  const { durationMs, ends } = planned
  return ({ clock }) =>
    new Promise((resolve, reject) => {
      if (ends === 'never') return
      const end = (): void => (ends === 'value' ? resolve('done') : reject(new Error('failed as planned')))
      if (durationMs === 0) end()
      else clock.alarm(end).set(clock.now() + durationMs)
    })
}

/** What an operation may do, by name, with what its caller must then hear. */
export type OddOperation = readonly [
  name: string,
  operation: () => unknown,
  expected: { readonly value: unknown } | { readonly error: unknown },
]

const thing = { a: 1 }

/** Operations that return or throw anything at all, at once or later. */
export const oddOperations: readonly OddOperation[] = [
  ['returns nothing', () => undefined, { value: undefined }],
  ['returns null', () => null, { value: null }],
  ['returns a value at once', () => thing, { value: thing }],
  ['returns a function', () => Math.abs, { value: Math.abs }],
  ['resolves with nothing', async () => undefined, { value: undefined }],
  ['throws nothing', () => raise(undefined), { error: undefined }],
  ['throws null', () => raise(null), { error: null }],
  ['throws a string at once', () => raise('no'), { error: 'no' }],
  ['rejects with a string', () => Promise.reject('no'), { error: 'no' }],
  ['rejects with nothing', () => Promise.reject(undefined), { error: undefined }],
  ['returns a thenable', () => ({ then: (resolve: (value: unknown) => void) => resolve(7) }), { value: 7 }],
  [
    'returns a thenable that fails',
    () => ({ then: (_: unknown, reject: (error: unknown) => void) => reject('no') }),
    { error: 'no' },
  ],
  ['returns a thenable that throws', () => ({ then: () => raise('no') }), { error: 'no' }],
]

/** One of `oddOperations`. */
export const oddOperation: fc.Arbitrary<OddOperation> = fc.constantFrom(...oddOperations)

function raise(error: unknown): never {
  throw error
}
