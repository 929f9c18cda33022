import { leftovers, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keyed, pipeline, retryBudget, TimeoutError } from './index.ts'
import type { Bulkhead, Call, CircuitBreaker, ExecuteOptions, Outcome, Part } from './index.ts'
import { abortReason, partsOf } from './pipeline.arbitrary.ts'
import type { PartName } from './pipeline.arbitrary.ts'

interface Plan {
  readonly ends: 'value' | 'error'
  readonly aborts: boolean
}

interface Caller {
  readonly abort: AbortController
  /** When each run of its operation began. */
  readonly starts: number[]
  startsAfterAbort: number
  endedAt: number
  abortedAt: number
  settledAt: number
  outcome: Outcome | undefined
}

type Execute = (operation: (call: Call) => unknown, options: ExecuteOptions) => Promise<Outcome>

/** Callers, operations and the clock, in the order that a scheduler of fast-check draws. */
class Race {
  readonly clock: VirtualClock = new VirtualClock()
  readonly callers: Caller[] = []
  readonly #scheduler: fc.Scheduler
  readonly #honoursAbort: boolean
  running = 0

  constructor(scheduler: fc.Scheduler, honoursAbort: boolean) {
    this.#scheduler = scheduler
    this.#honoursAbort = honoursAbort
  }

  /** Until all is over; `check` looks after every step. */
  async run(
    execute: Execute,
    plans: readonly Plan[],
    ticks: readonly number[],
    check: (race: Race) => void,
  ): Promise<void> {
    for (const [id, plan] of plans.entries()) this.#arrives(id, plan, execute)
    for (const ms of ticks) this.#later(`tick ${ms}`, () => this.clock.tick(ms))
    const isOver = (): boolean => this.callers.every(({ outcome }) => outcome !== undefined)
    while (this.#scheduler.count() > 0 || (!isOver() && this.clock.now() < 10_000)) {
      if (this.#scheduler.count() > 0) await this.#scheduler.waitNext(1)
      else await this.clock.advance(10)
      check(this)
      await this.#seeAborted()
    }
    await this.clock.advance(10_000)
  }

  /** Whoever was aborted has heard, before time goes on. */
  async #seeAborted(): Promise<void> {
    const aborted = this.callers.filter(({ abortedAt }) => abortedAt === this.clock.now())
    if (aborted.length > 0) await this.clock.settle()
    for (const { abortedAt, settledAt } of aborted) expect(settledAt).toBe(abortedAt)
  }

  #later(label: string, act: () => void): void {
    void this.#scheduler.schedule(Promise.resolve(), label).then(act)
  }

  #arrives(id: number, plan: Plan, execute: Execute): void {
    const never = {
      startsAfterAbort: 0,
      endedAt: -1,
      abortedAt: Infinity,
      settledAt: Infinity,
      outcome: undefined,
    }
    const caller: Caller = { abort: new AbortController(), starts: [], ...never }
    this.callers.push(caller)
    this.#later(`arrive ${id}`, () => {
      const options = { key: `${id % 2}`, signal: caller.abort.signal }
      void execute((call) => this.#operation(id, plan, call), options).then((outcome) => {
        caller.outcome = outcome
        caller.settledAt = this.clock.now()
      })
      if (plan.aborts) this.#later(`abort ${id}`, () => this.#abort(id))
    })
  }

  #abort(id: number): void {
    const caller = this.callers[id] as Caller
    if (caller.outcome !== undefined) return
    caller.abortedAt = this.clock.now()
    caller.abort.abort(abortReason(id))
  }

  #operation(id: number, { ends }: Plan, call: Call): Promise<unknown> {
    const caller = this.callers[id] as Caller
    caller.starts.push(this.clock.now())
    if (caller.abortedAt < Infinity) caller.startsAfterAbort++
    this.running++
    return new Promise((resolve, reject) => {
      let ended = false
      const end = (settle: () => void): void => {
        if (ended) return
        ended = true
        caller.endedAt = this.clock.now()
        this.running--
        settle()
      }
      this.#later(`end ${id}`, () =>
        end(() => (ends === 'value' ? resolve('done') : reject(new Error('failed')))),
      )
      if (this.#honoursAbort) call.onCancel((reason) => end(() => reject(reason)))
    })
  }
}

const plans: fc.Arbitrary<readonly Plan[]> = fc.array(
  fc.record({ ends: fc.constantFrom('value', 'error'), aborts: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
)

const ticks = fc.array(fc.constantFrom(0, 1, 19, 20, 21, 49, 50, 51, 100), { maxLength: 12 })

interface Subject {
  readonly execute: Execute
  /** All that may hold something. */
  readonly holders: () => Parameters<typeof leftovers>[1][]
  readonly check: (race: Race) => void
}

/** Any interleaving of callers, operations and the clock around what `make` makes. */
async function inAnyOrder(
  make: (clock: VirtualClock) => Subject,
  judge: (caller: Caller) => void = () => {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      plans,
      ticks,
      fc.boolean(),
      async (scheduler, planned, moves, honours) => {
        const race = new Race(scheduler, honours)
        const { execute, holders, check } = make(race.clock)
        await race.run(execute, planned, moves, check)
        const signals = race.callers.map(({ abort }) => abort.signal)
        expect(leftovers(race.clock, ...holders(), ...signals)).toEqual([])
        for (const [id, caller] of race.callers.entries()) {
          const { outcome, abortedAt, endedAt, startsAfterAbort } = caller
          expect(outcome).toBeDefined()
          expect(startsAfterAbort).toBe(0)
          if (abortedAt < Infinity && endedAt !== abortedAt)
            expect(outcome).toEqual({ error: abortReason(id) })
          judge(caller)
        }
      },
    ),
    { numRuns: 150 },
  )
}

const part = <Kind extends Part>(parts: readonly Part[], kind: string): Kind =>
  parts.find((each) => each.kind === kind) as Kind

/** Every attempt keeps its distance from the one before, and no timeout strikes before its time. */
function nothingIsEarly({ starts, outcome, settledAt }: Caller): void {
  for (const [index, at] of starts.slice(1).entries())
    expect(at).toBeGreaterThanOrEqual((starts[index] as number) + 20)
  const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
  if (error instanceof TimeoutError) expect(settledAt).toBeGreaterThanOrEqual((starts.at(-1) ?? 0) + 50)
}

it('D8 D9 D12: the five-part stack, in any order of arrivals, ends, aborts and time', async () => {
  const names: readonly PartName[] = ['fallback', 'retry', 'breaker', 'attempt', 'bulkhead']
  await inAnyOrder((clock) => {
    const budget = retryBudget({ inFlightMinimum: 10, reservePerSecond: 100 })
    const parts = partsOf(names, { retry: { budget } })
    const guarded = pipeline('test', parts, { clock, random: () => 0.5 })
    const permits = part<Bulkhead>(parts, 'bulkhead')
    return {
      execute: (operation, options) => guarded.executeOutcome(operation, options),
      holders: () => [guarded, budget],
      check: ({ running }) => {
        expect(running).toBeLessThanOrEqual(permits.statistics().running)
        expect(permits.statistics().running).toBeLessThanOrEqual(2)
      },
    }
  }, nothingIsEarly)
})

it('D8 D9 D12: a hedge over a bulkhead, in any order', async () => {
  await inAnyOrder((clock) => {
    const budget = retryBudget({ inFlightMinimum: 2, reservePerSecond: 100 })
    const parts = partsOf(['total', 'hedge', 'bulkhead', 'attempt'], { hedge: { budget } })
    const guarded = pipeline('test', parts, { clock, random: () => 0.5 })
    return {
      execute: (operation, options) => guarded.executeOutcome(operation, options),
      holders: () => [guarded, budget],
      check: ({ running }) => {
        expect(running).toBeLessThanOrEqual(2)
        expect(budget.statistics(clock.now()).extraInFlight).toBeLessThanOrEqual(2)
      },
    }
  })
})

it('D8 D9 D12: parts of each key, in any order', async () => {
  await inAnyOrder((clock) => {
    const ofKeys = new Map<string, readonly Part[]>()
    const each = keyed((key) => {
      const parts = partsOf(['retry', 'breaker', 'bulkhead', 'attempt'], { bulkhead: { limit: 1 } })
      ofKeys.set(key, parts)
      return parts
    })
    const guarded = pipeline('test', [...partsOf(['fallback']), each], { clock, random: () => 0.5 })
    return {
      execute: (operation, options) => guarded.executeOutcome(operation, options),
      holders: () => [...ofKeys.values()].flat(),
      check: ({ running }) => expect(running).toBeLessThanOrEqual(ofKeys.size),
    }
  }, nothingIsEarly)
})

it('D8 D9 D12: pipelines in pipelines, in any order', async () => {
  await inAnyOrder((clock) => {
    const options = { clock, random: () => 0.5 }
    const permits = partsOf(['bulkhead'])
    const innermost = pipeline('innermost', [...permits, ...partsOf(['attempt'])], options)
    const inner = pipeline('inner', [...partsOf(['retry', 'endpoints', 'breaker']), innermost], options)
    const guarded = pipeline('outer', [...partsOf(['breaker', 'total']), inner], options)
    return {
      execute: (operation, given) => guarded.executeOutcome(operation, given),
      holders: () => [guarded],
      check: () => {
        for (const endpoint of ['primary', 'standby'])
          expect(part<Bulkhead>(permits, 'bulkhead').statistics(endpoint).running).toBeLessThanOrEqual(2)
      },
    }
  })
})

it('D3: the probes of a circuit, in any order, are never more than a round may have', async () => {
  const probes = 2
  await inAnyOrder((clock) => {
    const eager = { minimumCalls: 1, openMs: 1, maximumOpenMs: 1, probes, probeLeaseMs: 20 }
    const [breaker] = partsOf(['breaker'], { breaker: eager }) as [CircuitBreaker]
    const guarded = pipeline('test', [breaker], { clock, random: () => 0 })
    /** The generation in which each call that probes was let through. */
    const rounds = new Map<object, number>()
    const execute: Execute = async (operation, options) => {
      const probing = (call: Call): unknown => {
        const { state, generation } = breaker.statistics()
        if (state === 'half-open') rounds.set(options, generation)
        return operation(call)
      }
      const outcome = await guarded.executeOutcome(probing, options)
      rounds.delete(options)
      return outcome
    }
    return {
      execute,
      holders: () => [guarded],
      check: () => {
        const { generation } = breaker.statistics()
        const underWay = [...rounds.values()].filter((each) => each === generation)
        expect(underWay.length).toBeLessThanOrEqual(probes)
      },
    }
  })
})
