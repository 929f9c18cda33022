import { VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline } from '../index.ts'
import type { Admitted, CircuitBreaker, Pipeline } from '../index.ts'

const rules = {
  window: { type: 'time', durationMs: 1_000, buckets: 10 },
  failureRatio: 0.5,
  minimumCalls: 3,
  burst: false,
  openMs: 500,
  maximumOpenMs: 1_500,
  probes: 2,
  probeSuccesses: 2,
  probeLeaseMs: 300,
} as const

type Result = 'value' | 'error' | 'cancelled'

type Step =
  | { readonly type: 'start'; readonly gap: number }
  | { readonly type: 'end'; readonly gap: number; readonly which: number; readonly result: Result }
  | { readonly type: 'look'; readonly gap: number }

const gap = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(99, 100, 101, 299, 300, 301, 499, 500, 501, 999, 1_000, 1_001, 3_000),
  },
  { weight: 1, arbitrary: around(100) },
)

/** Opens the circuit and waits until it is half-open, which chance alone seldom does. */
const tripped: readonly Step[] = [
  ...Array.from({ length: 3 }, (): Step => ({ type: 'start', gap: 0 })),
  ...Array.from({ length: 3 }, (): Step => ({ type: 'end', gap: 0, which: 0, result: 'error' })),
  { type: 'start', gap: 500 },
]

/** Leaves one failure between the circuit and its ratio: with it two of four calls have failed. */
const atTheRatio: readonly Step[] = [
  ...Array.from({ length: 4 }, (): Step => ({ type: 'start', gap: 0 })),
  ...(['value', 'value', 'error'] as const).map(
    (result): Step => ({ type: 'end', gap: 0, which: 0, result }),
  ),
]

const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('start' as const), gap }),
    fc.record({
      type: fc.constant('end' as const),
      gap,
      which: fc.nat(5),
      result: fc.constantFrom<Result>('value', 'error', 'error', 'cancelled'),
    }),
  ),
  { maxLength: 80 },
)

const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.constantFrom([], tripped, atTheRatio), anySteps)
  .map(([first, rest]) => [...first, ...rest])

interface ModelTicket {
  readonly epoch: number
  readonly lease: number | undefined
}

/** What the documentation says, written down naively: every call is kept and recounted. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed'
  epoch = 0
  #results: { at: number; failed: boolean }[] = []
  #until = 0
  #openings = 0
  #leases: { until: number }[] = []
  #verdicts: boolean[] = []
  #returned = 0

  look(now: number): void {
    if (this.state === 'open' && now >= this.#until) this.#enter('half-open')
    if (this.state !== 'half-open') return
    const lost = this.#leases.map(({ until }) => until).filter((until) => until <= now)
    for (const at of new Set(lost.toSorted((left, right) => left - right))) {
      const before = this.#leases.length
      this.#leases = this.#leases.filter(({ until }) => until > at)
      for (let each = this.#leases.length; each < before; each++) this.#verdicts.push(false)
      this.#judge(at)
      if (this.state !== 'half-open') return this.look(now)
    }
  }

  admit(now: number): ModelTicket | undefined {
    this.look(now)
    if (this.state === 'closed') return { epoch: this.epoch, lease: undefined }
    if (this.state === 'open' || this.#leases.length + this.#verdicts.length >= rules.probes) return undefined
    this.#leases.push({ until: now + rules.probeLeaseMs })
    return { epoch: this.epoch, lease: now + rules.probeLeaseMs }
  }

  end({ epoch, lease }: ModelTicket, result: Result, now: number): void {
    this.look(now)
    if (epoch !== this.epoch) return
    if (lease === undefined) return this.#count(result, now)
    const at = this.#leases.findIndex(({ until }) => until === lease)
    if (at < 0) return
    this.#leases.splice(at, 1)
    if (result === 'cancelled' && this.#returned < rules.probes) this.#returned++
    else this.#verdicts.push(result === 'value')
    this.#judge(now)
  }

  #count(result: Result, now: number): void {
    if (result === 'cancelled') return
    this.#results.push({ at: now, failed: result === 'error' })
    const bucket = (at: number): number => Math.floor(at / 100)
    const live = this.#results.filter(({ at }) => bucket(now) - bucket(at) < 10)
    const failures = live.filter(({ failed }) => failed).length
    if (
      result === 'error' &&
      live.length >= rules.minimumCalls &&
      failures / live.length >= rules.failureRatio
    ) {
      this.#open(now)
    }
  }

  #open(now: number): void {
    this.#openings++
    this.#until = now + Math.min(rules.maximumOpenMs, rules.openMs * 2 ** (this.#openings - 1))
    this.#enter('open')
  }

  #judge(now: number): void {
    const successes = this.#verdicts.filter(Boolean).length
    if (successes >= rules.probeSuccesses) {
      this.#openings = 0
      this.#results = []
      this.#enter('closed')
    } else if (this.#verdicts.length - successes > rules.probes - rules.probeSuccesses) this.#open(now)
  }

  #enter(state: 'closed' | 'open' | 'half-open'): void {
    this.state = state
    this.epoch++
    this.#leases = []
    this.#verdicts = []
    this.#returned = 0
  }
}

interface World {
  readonly clock: VirtualClock
  readonly breaker: CircuitBreaker
  readonly guarded: Pipeline
}

function world(options: Parameters<typeof circuitBreaker>[0] = rules, now = 10_000): World {
  const clock = new VirtualClock({ now })
  const breaker = circuitBreaker(options)
  return { clock, breaker, guarded: pipeline('test', [breaker], { clock, random: () => 0 }) }
}

function ask({ guarded }: World): Admitted | undefined {
  const admission = guarded.admit()
  if (admission instanceof Promise) throw new Error('a breaker does not wait')
  return admission.admitted ? admission : undefined
}

function tell(admitted: Admitted, result: Result): void {
  if (result === 'cancelled') admitted.settle('cancelled')
  else admitted.settle(result === 'value' ? { value: 1 } : { error: new Error('failed') })
}

/** Plays the steps on a breaker and calls `each` after every one. */
function play(
  place: World,
  history: readonly Step[],
  each: (step: Step, admitted: Admitted | undefined) => void,
): void {
  const running: Admitted[] = []
  for (const step of history) {
    place.clock.tick(step.gap)
    if (step.type === 'start') {
      const admitted = ask(place)
      if (admitted !== undefined) running.push(admitted)
      each(step, admitted)
      continue
    }
    if (step.type === 'look') {
      each(step, undefined)
      continue
    }
    const [ended] = running.splice(step.which % Math.max(1, running.length), 1)
    if (ended !== undefined) tell(ended, step.result)
    each(step, ended)
  }
}

describe('circuit breaker', () => {
  it('D1 D3 D5: admits, counts and changes state as the model does, whatever the history', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const place = world()
        const model = new Model()
        const tickets = new Map<Admitted, ModelTicket>()
        play(place, history, (step, admitted) => {
          const now = place.clock.now()
          if (step.type === 'start') {
            const ticket = model.admit(now)
            expect(admitted !== undefined, 'admitted').toBe(ticket !== undefined)
            if (admitted !== undefined && ticket !== undefined) tickets.set(admitted, ticket)
          } else if (step.type === 'end' && admitted !== undefined) {
            model.end(tickets.get(admitted) as ModelTicket, step.result, now)
          }
          model.look(now)
          expect(place.breaker.statistics().state).toBe(model.state)
        })
      }),
      { numRuns: 1_000 },
    )
  })

  it('D3: never has more probes under way than it may', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const place = world()
        let probing: Admitted[] = []
        let generation = 0
        play(place, history, (step, admitted) => {
          const now = place.breaker.statistics()
          if (now.generation !== generation) probing = []
          generation = now.generation
          if (step.type === 'end') probing = probing.filter((each) => each !== admitted)
          else if (admitted !== undefined && now.state === 'half-open') probing.push(admitted)
          expect(now.state === 'half-open' ? probing.length : 0).toBeLessThanOrEqual(rules.probes)
        })
      }),
    )
  })

  it('D2: from any state some later call is admitted in bounded time, though probes never answer', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const place = world()
        play(place, history, () => {})
        let waited = 0
        while (ask(place) === undefined && waited < 10_000) {
          place.clock.tick(50)
          waited += 50
        }
        expect(waited).toBeLessThanOrEqual(rules.maximumOpenMs + rules.probeLeaseMs)
      }),
    )
  })

  it('D2: a round of probes that are all cancelled ends', () => {
    const place = world()
    for (let call = 0; call < 3; call++) tell(ask(place) as Admitted, 'error')
    place.clock.tick(500)
    let admissions = 0
    for (let call = 0; call < 20; call++) {
      const probe = ask(place)
      if (probe === undefined) break
      admissions++
      tell(probe, 'cancelled')
    }
    expect(admissions).toBe(rules.probes + 1)
    expect(place.breaker.statistics().state).toBe('open')
  })

  it('D15: restoring a snapshot at the same instant is the identity, however it went on', () => {
    fc.assert(
      fc.property(steps, steps, (history, future) => {
        const original = world()
        play(original, history, () => {})
        const copy = world()
        copy.clock.tick(original.clock.now() - copy.clock.now())
        const snapshot = JSON.parse(JSON.stringify(original.breaker.snapshot()))
        copy.breaker.restore(snapshot)
        expect(copy.breaker.snapshot()).toEqual(original.breaker.snapshot())
        for (const step of future) {
          original.clock.tick(step.gap)
          copy.clock.tick(step.gap)
          const [left, right] = [ask(original), ask(copy)]
          expect(left === undefined).toBe(right === undefined)
          if (left !== undefined && right !== undefined) {
            const result = step.type === 'end' ? step.result : 'value'
            tell(left, result)
            tell(right, result)
          }
          expect(copy.breaker.snapshot()).toEqual(original.breaker.snapshot())
        }
      }),
    )
  })

  it('D15: restoring its own snapshot at any moment changes nothing, for the calls that run neither', () => {
    fc.assert(
      fc.property(steps, fc.nat(80), fc.constantFrom(10_000, 0.1), (history, when, start) => {
        const [plain, restored] = [world(rules, start), world(rules, start)]
        const seen = [plain, restored].map((place) => {
          const states: unknown[] = []
          play(place, history, (step, admitted) => {
            states.push([step.type === 'start' && admitted !== undefined, place.breaker.statistics().state])
            if (place === restored && states.length === when) {
              place.breaker.restore(JSON.parse(JSON.stringify(place.breaker.snapshot())))
            }
          })
          return states
        })
        expect(seen[1]).toEqual(seen[0])
      }),
    )
  })

  it('D26: a wall clock that jumps changes nothing', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: -1e12, max: 1e12 }), (history, jump) => {
        const states = [0, jump].map((by) => {
          const place = world()
          const seen: string[] = []
          play(place, history, () => {
            place.clock.jumpWallTime(by)
            seen.push(place.breaker.statistics().state)
          })
          return seen
        })
        expect(states[1]).toEqual(states[0])
      }),
      { numRuns: 50 },
    )
  })

  it('D25: what it says depends on the time of asking alone, not on having been asked before', () => {
    fc.assert(
      fc.property(steps, fc.array(gap, { maxLength: 10 }), (history, looks) => {
        const quiet = world()
        const curious = world()
        play(quiet, history, () => {})
        play(curious, history, () => {})
        for (const wait of looks) {
          curious.clock.tick(wait)
          curious.breaker.statistics()
          quiet.clock.tick(wait)
        }
        expect(quiet.breaker.statistics()).toEqual(curious.breaker.statistics())
      }),
    )
  })

  it('D25: being asked at any moment of a history changes nothing of it', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 100, 300), (history, early) => {
        const asked = history.flatMap((step): readonly Step[] =>
          step.gap <= early
            ? [step]
            : [
                { type: 'look', gap: early },
                { ...step, gap: step.gap - early },
              ],
        )
        const [quiet, curious] = [history, asked].map((each) => {
          const place = world()
          tell(ask(place) as Admitted, 'cancelled')
          const admitted: boolean[] = []
          play(place, each, (step, call) => {
            if (step.type === 'look') place.breaker.statistics()
            else admitted.push(call !== undefined)
          })
          return [admitted, place.breaker.statistics(), place.breaker.snapshot()]
        })
        expect(curious).toEqual(quiet)
      }),
    )
  })

  it('D18: keeps no more than the window and the calls in flight, whatever the history', () => {
    const windows = [
      { type: 'time', durationMs: 1_000, buckets: 4 },
      { type: 'count', size: 4 },
    ] as const
    fc.assert(
      fc.property(steps, fc.constantFrom(...windows), (history, window) => {
        const place = world({ window, minimumCalls: 4, failureRatio: 1, slowCallMs: 100, probes: 2 })
        const running = new Set<Admitted>()
        play(place, history, (step, admitted) => {
          if (step.type === 'start' && admitted !== undefined) running.add(admitted)
          if (step.type === 'end' && admitted !== undefined) running.delete(admitted)
          const { cells, probes } = place.breaker.snapshot()[''] ?? { cells: [], probes: undefined }
          expect(cells.length).toBeLessThanOrEqual(4)
          for (const [age] of cells) expect(age).toBeLessThan(4)
          expect(probes?.leasesMs.length ?? 0).toBeLessThanOrEqual(2)
          expect(place.breaker.statistics().running).toBe(running.size)
        })
      }),
    )
  })

  it('D5: opens at the first failure that finds the share and the volume reached, and at nothing else', () => {
    const results = fc.array(fc.constantFrom<Result>('value', 'error', 'cancelled'), { maxLength: 16 })
    const shares = fc.constantFrom(0, 1 / 3, 0.5, 2 / 3, 1)
    fc.assert(
      fc.property(results, shares, fc.constantFrom(1, 2, 3, 4), (history, failureRatio, minimumCalls) => {
        const place = world({ ...rules, failureRatio, minimumCalls })
        let [calls, failures, expected] = [0, 0, 'closed']
        for (const result of history) {
          const admitted = ask(place)
          expect(admitted !== undefined).toBe(expected === 'closed')
          if (admitted === undefined) break
          tell(admitted, result)
          if (result !== 'cancelled') calls++
          if (result === 'error') failures++
          const reached = calls >= minimumCalls && failures / calls >= failureRatio
          if (result === 'error' && reached) expected = 'open'
          expect(place.breaker.statistics().state).toBe(expected)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('D5: slow calls, ended or running, equal a recount; only successes and failures make the share of failures', () => {
    const slowCallMs = 100
    const options = { slowCallMs, slowRatio: 1, failureRatio: 1, minimumCalls: 1_000, burst: false } as const
    fc.assert(
      fc.property(anySteps, (history) => {
        const place = world({ ...options, window: { type: 'time', durationMs: 1_000_000 } })
        const begun = new Map<Admitted, number>()
        const ended: { slow: boolean; result: Result }[] = []
        play(place, history, (step, admitted) => {
          const now = place.clock.now()
          if (admitted !== undefined && step.type === 'start') begun.set(admitted, now)
          if (admitted !== undefined && step.type === 'end') {
            ended.push({ slow: now - (begun.get(admitted) ?? now) > slowCallMs, result: step.result })
            begun.delete(admitted)
          }
          const counted = ended.filter(({ slow, result }) => slow || result !== 'cancelled')
          const failures = counted.filter(({ result }) => result === 'error').length
          const judged = counted.filter(({ result }) => result !== 'cancelled').length
          const overdue = [...begun.values()].filter((at) => now - at > slowCallMs).length
          expect(place.breaker.statistics()).toMatchObject({
            calls: counted.length + overdue,
            failures,
            slow: counted.filter(({ slow }) => slow).length + overdue,
            failureRatio: judged === 0 ? undefined : failures / judged,
          })
        })
      }),
    )
  })

  it('slow calls count while they still run, once each', () => {
    const place = world({ slowCallMs: 100, slowRatio: 0.5, minimumCalls: 2, failureRatio: 1 })
    const first = ask(place) as Admitted
    ask(place)
    place.clock.tick(100)
    expect(place.breaker.statistics()).toMatchObject({ state: 'closed', slow: 0 })
    place.clock.tick(1)
    expect(place.breaker.statistics()).toMatchObject({ state: 'open' })
    tell(first, 'value')
    expect(place.breaker.statistics().late).toBe(1)
  })
})
