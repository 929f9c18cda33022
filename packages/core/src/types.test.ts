import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  bulkhead,
  fallback,
  HoldfastConfigError,
  isError,
  keyed,
  pipeline,
  pipelineFrom,
  retry,
  standard,
} from './index.ts'
import type {
  Admission,
  Admitted,
  Bulkhead,
  BulkheadEvent,
  Call,
  EventHeader,
  Guard,
  HoldfastEvent,
  Next,
  Outcome,
  PendingAdmission,
  Part,
  PartConfig,
  Pipeline,
  Policy,
  Reaction,
  Refused,
} from './index.ts'

describe('D27: what comes out is of the type that is said', () => {
  const guarded = pipeline('test', [retry(), bulkhead()])

  it('execute gives what the operation gives, awaited', () => {
    expectTypeOf(() => guarded.execute(() => 1)).returns.toEqualTypeOf<Promise<number>>()
    expectTypeOf(() => guarded.execute(async () => 'a')).returns.toEqualTypeOf<Promise<string>>()
    expectTypeOf(() => guarded.execute(() => {})).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(() => guarded.execute((): number | Promise<string> => 1)).returns.toEqualTypeOf<
      Promise<number | string>
    >()
    expectTypeOf(() => guarded.execute(async <T>(value: T) => value)).returns.resolves.toEqualTypeOf<Call>()
    expectTypeOf(guarded.execute<number>)
      .parameter(0)
      .parameter(0)
      .toEqualTypeOf<Call>()
  })

  it('executeOutcome gives a value or an unknown error, told apart by isError', () => {
    expectTypeOf(() => guarded.executeOutcome(async () => 1)).returns.toEqualTypeOf<
      Promise<Outcome<number>>
    >()
    const value = (outcome: Outcome<number>) => (isError(outcome) ? undefined : outcome.value)
    expectTypeOf(value).returns.toEqualTypeOf<number | undefined>()
    const error = (outcome: Outcome<number>) => ('error' in outcome ? outcome.error : 0)
    expectTypeOf(error).returns.toEqualTypeOf<unknown>()
  })

  it('admit gives an admission, or a promise of one, told apart by admitted', () => {
    expectTypeOf(guarded.admit).returns.toEqualTypeOf<Admission | PendingAdmission>()
    const told = (admission: Admission) => (admission.admitted ? admission : undefined)
    expectTypeOf(told).returns.toEqualTypeOf<Admitted | undefined>()
    const refused = (admission: Admission) => (admission.admitted ? undefined : admission)
    expectTypeOf(refused).returns.toEqualTypeOf<Refused | undefined>()
  })

  it('a pipeline is a policy, and what wrap gives is what it takes', () => {
    expectTypeOf<Pipeline>().toExtend<Policy>()
    expectTypeOf<Policy['wrap']>().toEqualTypeOf<(next: Next) => Next>()
    expectTypeOf<Guard | Policy | Reaction>().toExtend<Part>()
    expectTypeOf(keyed(() => [bulkhead()])).toExtend<Policy>()
    expectTypeOf(bulkhead()).toEqualTypeOf<Bulkhead>()
  })

  it('a fallback to endpoints is a policy, any other a reaction, and it is one of them', () => {
    expectTypeOf(fallback({ endpoints: [{ id: 'a' }] })).toEqualTypeOf<Policy>()
    expectTypeOf(fallback({ value: 1 })).toEqualTypeOf<Reaction>()
    expectTypeOf(fallback({ run: (_error, call) => call.key })).toEqualTypeOf<Reaction>()
    // @ts-expect-error one of the three must be given
    expect(() => fallback({})).toThrow(HoldfastConfigError)
  })

  it('a configuration is asked only for options of its kind', () => {
    expectTypeOf(pipelineFrom).returns.toEqualTypeOf<Pipeline>()
    expectTypeOf(standard).toEqualTypeOf<readonly PartConfig[]>()
    expectTypeOf<{ kind: 'bulkhead'; limit: 1 }>().toExtend<PartConfig>()
    // @ts-expect-error a bulkhead has no attempts
    expect(() => pipelineFrom({ name: 'test', parts: [{ kind: 'bulkhead', attempts: 1 }] })).toThrow(
      HoldfastConfigError,
    )
    // @ts-expect-error there is no such kind
    expect(() => pipelineFrom({ name: 'test', parts: [{ kind: 'chain' }] })).toThrow(HoldfastConfigError)
  })

  it('an event is narrowed by its type', () => {
    const rejected = (event: HoldfastEvent) => (event.type === 'bulkhead.rejected' ? event : undefined)
    type Rejected = EventHeader & Extract<BulkheadEvent, { type: 'bulkhead.rejected' }>
    expectTypeOf(rejected).returns.toEqualTypeOf<Rejected | undefined>()
  })
})
