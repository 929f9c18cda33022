import { leftovers, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isError, pipeline, singleFlight, TimeoutError } from '../index.ts'
import type { Call, Outcome, StaleOptions } from '../index.ts'

const keys = ['a', 'b', 'c'] as const
type Key = (typeof keys)[number]

type Step =
  | { readonly do: 'arrive'; readonly key: Key; readonly withinMs: number }
  | { readonly do: 'abort'; readonly caller: number }

/** What happens in one moment, then how one run ends or not, then what else happens before anybody has heard of it. */
interface Moment {
  readonly before: readonly Step[]
  readonly ends: { readonly key: Key; readonly well: boolean } | undefined
  readonly after: readonly Step[]
  readonly thenMs: number
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('arrive' as const),
      key: fc.constantFrom(...keys),
      withinMs: fc.oneof(fc.constant(Infinity), fc.constantFrom(5, 10, 50)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), caller: fc.nat({ max: 20 }) }) },
)

const moments: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({
    before: fc.array(step, { maxLength: 3 }),
    ends: fc.option(fc.record({ key: fc.constantFrom(...keys), well: fc.boolean() }), { nil: undefined }),
    after: fc.array(step, { maxLength: 2 }),
    thenMs: fc.oneof(fc.constantFrom(0, 1, 5), around(10)),
  }),
  { minLength: 1, maxLength: 25 },
)

interface Run {
  readonly key: Key
  readonly call: Call
  readonly since: number
  readonly waiting: Set<Caller>
  readonly end: (outcome: Outcome) => void
  cut: boolean
  outcome: Outcome | undefined
}

interface Caller {
  readonly deadline: number
  readonly abort: AbortController
  readonly heard: Outcome[]
  expected: Outcome | 'deadline' | undefined
}

/** Callers of a single flight, and by brute force what each must hear. */
class World {
  readonly clock: VirtualClock = new VirtualClock({ now: 1_000 })
  readonly stale: Required<StaleOptions> | false
  readonly callers: Caller[] = []
  readonly runs: Run[] = []
  /** The keys last used come last. */
  kept: { readonly key: Key; readonly value: unknown; readonly since: number }[] = []
  readonly #flight
  readonly #service

  constructor(stale: Required<StaleOptions> | false) {
    this.stale = stale
    this.#flight = singleFlight({ stale })
    this.#service = pipeline('service', [this.#flight], { clock: this.clock })
  }

  current(key: Key): Run | undefined {
    return this.runs.find((run) => run.key === key && run.outcome === undefined && !run.cut)
  }

  take(each: Step): void {
    if (each.do === 'arrive') this.#arrive(each.key, this.clock.now() + each.withinMs)
    else this.#abort(this.callers[each.caller])
  }

  #arrive(key: Key, deadline: number): void {
    const caller: Caller = { deadline, abort: new AbortController(), heard: [], expected: undefined }
    this.callers.push(caller)
    // Who comes before the end was heard of joins the run that has just ended.
    const known = this.runs.find((run) => run.key === key && !run.cut && run.waiting.size > 0)
    const before = this.runs.length
    void this.#service
      .executeOutcome((call) => this.#operation(key, call), { key, deadline, signal: caller.abort.signal })
      .then((outcome) => caller.heard.push(outcome))
    expect(this.runs.length - before).toBe(known === undefined ? 1 : 0)
    const run = known ?? (this.runs.at(-1) as Run)
    run.waiting.add(caller)
  }

  #operation(key: Key, call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (outcome: Outcome): void =>
        isError(outcome) ? reject(outcome.error) : resolve(outcome.value)
      const since = this.clock.now()
      this.runs.push({ key, call, since, waiting: new Set(), end, cut: false, outcome: undefined })
    })
  }

  #abort(caller: Caller | undefined): void {
    if (caller === undefined || caller.expected !== undefined || caller.abort.signal.aborted) return
    this.#leave(caller, { error: 'left' })
    caller.abort.abort('left')
  }

  #leave(caller: Caller, expected: Outcome | 'deadline'): void {
    caller.expected = expected
    const run = this.runs.find(({ waiting }) => waiting.delete(caller)) as Run
    if (run.waiting.size === 0) run.cut = true
  }

  end(key: Key, well: boolean): void {
    const run = this.current(key)
    if (run === undefined) return
    run.outcome = well ? { value: run } : { error: run }
    run.end(run.outcome)
  }

  /** Everybody hears. */
  async settle(): Promise<void> {
    for (const run of this.runs) {
      if (run.outcome === undefined || run.waiting.size === 0) continue
      if (!isError(run.outcome)) this.#keep(run.key, run.outcome.value, run.since)
      const outcome = isError(run.outcome) ? this.#instead(run.key, run.outcome) : run.outcome
      for (const caller of run.waiting) caller.expected = outcome
      run.waiting.clear()
    }
    await this.clock.settle()
  }

  #keep(key: Key, value: unknown, since: number): void {
    if (this.stale === false) return
    this.kept = [...this.kept.filter((each) => each.key !== key), { key, value, since }]
    this.kept = this.kept.slice(-this.stale.maximumKeys)
  }

  #instead(key: Key, outcome: Outcome): Outcome {
    const last = this.kept.find((each) => each.key === key)
    if (last === undefined || this.stale === false) return outcome
    const others = this.kept.filter((each) => each.key !== key)
    const fresh = this.clock.now() - last.since <= this.stale.maximumAgeMs
    this.kept = fresh ? [...others, last] : others
    return fresh ? { value: last.value } : outcome
  }

  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    const due = this.callers.filter(({ expected, deadline }) => expected === undefined && deadline <= until)
    for (const caller of due.toSorted((one, other) => one.deadline - other.deadline))
      this.#leave(caller, 'deadline')
    await this.clock.advanceTo(until)
  }

  check(): void {
    for (const { heard, expected } of this.callers) {
      if (expected === undefined) expect(heard).toEqual([])
      else if (expected === 'deadline') expect(heard).toMatchObject([{ error: expect.any(TimeoutError) }])
      else expect(heard).toEqual([expected])
    }
    const live = keys.map((key) => this.current(key)).filter((run) => run !== undefined)
    for (const { call, waiting } of live) {
      expect(call.deadline).toBe(Math.max(...[...waiting].map(({ deadline }) => deadline)))
    }
    for (const { call, cut } of this.runs) expect(call.cancelled).toBe(cut)
    const waiting = live.reduce((sum, run) => sum + run.waiting.size, 0)
    expect(this.#flight.statistics()).toEqual({ running: live.length, waiting, kept: this.kept.length })
  }

  async close(): Promise<void> {
    for (const run of this.runs) run.end({ value: 'late' })
    await this.clock.advance(1_000)
    const signals = this.callers.map(({ abort }) => abort.signal)
    expect(leftovers(this.clock, this.#service, ...signals)).toEqual([])
  }
}

const stale: fc.Arbitrary<Required<StaleOptions> | false> = fc.oneof(
  fc.constant(false as const),
  fc.record({ maximumAgeMs: around(10).map((ms) => Math.max(1, ms)), maximumKeys: fc.constantFrom(1, 2, 3) }),
)

test('at most one run a key is waited for; each caller hears its outcome, its own abort or its own deadline; a stale value is never too old and no more are kept than may be', async () => {
  await fc.assert(
    fc.asyncProperty(stale, moments, async (asked, history) => {
      const world = new World(asked)
      for (const { before, ends, after, thenMs } of history) {
        for (const each of before) world.take(each)
        if (ends !== undefined) world.end(ends.key, ends.well)
        for (const each of after) world.take(each)
        await world.settle()
        world.check()
        await world.pass(thenMs)
        world.check()
      }
      await world.close()
    }),
    { numRuns: 400 },
  )
})

test('D8 D9: in any order of arrivals, aborts and ends, callers hear once and only of a run of their own key, and nobody’s leaving ends the others’', async () => {
  const callers = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), leaves: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), callers, fc.boolean(), async (scheduler, planned, fails) => {
      const clock = new VirtualClock()
      const service = pipeline('service', [singleFlight()], { clock })
      const running = new Map<string, number>()
      const runs: { readonly call: Call; readonly key: string }[] = []
      const operation = async (call: Call): Promise<unknown> => {
        const key = call.key as string
        const run = { call, key }
        runs.push(run)
        running.set(key, (running.get(key) ?? 0) + 1)
        const stop = call.onCancel(() => running.set(key, (running.get(key) ?? 0) - 1))
        expect(running.get(key)).toBe(1)
        await scheduler.schedule(Promise.resolve(), `end ${runs.length}`)
        stop()
        if (!call.cancelled) running.set(key, (running.get(key) ?? 0) - 1)
        if (fails) throw run
        return run
      }
      const heard = planned.map((): Outcome[] => [])
      const signals = planned.map(({ key, leaves }, id) => {
        const abort = new AbortController()
        void scheduler.schedule(Promise.resolve(), `arrive ${id}`).then(() => {
          void service
            .executeOutcome(operation, { key, signal: abort.signal })
            .then((outcome) => heard[id]?.push(outcome))
          if (leaves)
            void scheduler.schedule(Promise.resolve(), `leave ${id}`).then(() => abort.abort(`left ${id}`))
        })
        return abort.signal
      })
      while (scheduler.count() > 0) await scheduler.waitNext(1)
      await clock.settle()
      for (const [id, { key, leaves }] of planned.entries()) {
        expect(heard[id]).toHaveLength(1)
        const outcome = heard[id]?.[0] as Outcome
        const said = isError(outcome) ? outcome.error : outcome.value
        if (leaves && said === `left ${id}`) continue
        expect(runs.filter((run) => run === said)).toMatchObject([{ key, call: { cancelled: false } }])
      }
      expect(leftovers(clock, service, ...signals)).toEqual([])
    }),
    { numRuns: 300 },
  )
})
