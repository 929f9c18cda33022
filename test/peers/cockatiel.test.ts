import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, circuitBreaker, fallback, isError, pipeline, retry, sleep, timeout } from '@holdfast/core'
import type { CircuitBreakerOptions } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, Held, histories, planned, plans } from './rivals.ts'
import type { Step } from './rivals.ts'

const all = cockatiel.handleAll
const openMs = 1_000

/** Both breakers, with time for both. Its own open time is exact, so ours is not lengthened by chance. */
function breakers(
  time: BothTimes,
  options: CircuitBreakerOptions,
  breaker: cockatiel.IBreaker,
  halfOpenSampling = { calls: 1, threshold: 0 },
) {
  const ours = pipeline('p', [circuitBreaker({ probes: 1, openMs, maximumOpenMs: openMs, ...options })], {
    clock: time.clock,
    random: () => 0,
  })
  const theirs = cockatiel.circuitBreaker(all, { halfOpenAfter: openMs, breaker, halfOpenSampling })
  let runs = { ours: 0, theirs: 0 }
  /** Makes one call through each and holds them against each other. */
  const step = async (each: Step): Promise<void> => {
    if ('waitMs' in each) return time.advance(each.waitMs)
    const before = runs
    const run = (whose: 'ours' | 'theirs') => async (): Promise<number> => {
      runs = { ...runs, [whose]: runs[whose] + 1 }
      return each.succeeds ? 1 : Promise.reject(boom)
    }
    const ended = await ending(ours.execute(run('ours')))
    expect(ended).toBe(await ending(theirs.execute(run('theirs'))))
    expect(runs.ours - before.ours).toBe(runs.theirs - before.theirs)
  }
  return { step, theirs }
}

describe('like cockatiel', () => {
  it('retry makes the same attempts with the same outcome', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, attempts) => {
        using time = new BothTimes()
        const ours = planned(plan)
        const theirs = planned(plan)
        const guarded = pipeline('p', [retry({ attempts, backoff: { baseMs: 0 }, budget: false })])
        // Its maxAttempts counts retries, not attempts.
        const policy = cockatiel.retry(all, { maxAttempts: attempts - 1 })
        const ended = ending(policy.execute(theirs.run))
        await time.advance(attempts)
        expect(await ending(guarded.execute(ours.run))).toBe(await ended)
        expect(ours.runs()).toBe(theirs.runs())
      }),
      { numRuns: 40 },
    )
  })

  it('retry waits as long before each attempt: exponential, linear and constant without jitter', async () => {
    const types = fc.constantFrom('constant', 'linear', 'exponential')
    const bases = fc.integer({ min: 1, max: 50 })
    await fc.assert(
      fc.asyncProperty(
        types,
        bases,
        bases,
        fc.integer({ min: 1, max: 7 }),
        async (type, baseMs, more, attempts) => {
          using time = new BothTimes()
          const maximumMs = baseMs + more
          const ours: number[] = []
          const theirs: number[] = []
          const guarded = pipeline(
            'p',
            [retry({ attempts, budget: false, backoff: { type, baseMs, maximumMs, jitter: 'none' } })],
            { clock: time.clock },
          )
          const linear = Array.from({ length: 10 }, (_, index) => Math.min(maximumMs, baseMs * (index + 1)))
          const backoff = {
            constant: new cockatiel.ConstantBackoff(baseMs),
            linear: new cockatiel.IterableBackoff(linear),
            exponential: new cockatiel.ExponentialBackoff({
              initialDelay: baseMs,
              maxDelay: maximumMs,
              generator: cockatiel.noJitterGenerator,
            }),
          }[type]
          const policy = cockatiel.retry(all, { maxAttempts: attempts - 1, backoff })
          const ended = ending(
            policy.execute(() => {
              theirs.push(Date.now())
              throw boom
            }),
          )
          const ourEnd = ending(
            guarded.execute(() => {
              ours.push(time.clock.now())
              throw boom
            }),
          )
          await time.advance(attempts * maximumMs)
          expect(await ourEnd).toBe(await ended)
          expect(ours).toEqual(theirs)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('retry tries the same errors and values again', async () => {
    const results = fc.array(fc.constantFrom('fine', 'again', 'boom', 'fatal'), {
      minLength: 4,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(results, async (plan) => {
        using time = new BothTimes()
        const runPlan = () => {
          let runs = 0
          return async (): Promise<string> => {
            const result = plan[runs++] ?? 'fine'
            if (result === 'boom') throw boom
            if (result === 'fatal') throw new Error('fatal')
            return result
          }
        }
        const guarded = pipeline('p', [
          retry({
            attempts: 4,
            backoff: { baseMs: 0 },
            budget: false,
            retryWhen: (outcome) => (isError(outcome) ? outcome.error === boom : outcome.value === 'again'),
          }),
        ])
        const policy = cockatiel.retry(
          cockatiel.handleWhen((error) => error === boom).orWhenResult((value) => value === 'again'),
          { maxAttempts: 3 },
        )
        const ended = ending(policy.execute(runPlan()))
        await time.advance(5)
        expect(await ending(guarded.execute(runPlan()))).toBe(await ended)
      }),
      { numRuns: 40 },
    )
  })

  it('a breaker on consecutive failures opens, probes and closes at the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(histories(openMs), fc.integer({ min: 1, max: 4 }), async (history, threshold) => {
        using time = new BothTimes()
        const { step } = breakers(
          time,
          { consecutiveFailures: threshold, minimumCalls: 10_000 },
          new cockatiel.ConsecutiveBreaker(threshold),
        )
        for (const each of history) await step(each)
      }),
      { numRuns: 60 },
    )
  })

  it('so it does where several probes must succeed', async () => {
    await fc.assert(
      fc.asyncProperty(histories(openMs), fc.integer({ min: 1, max: 4 }), async (history, probes) => {
        using time = new BothTimes()
        const { step } = breakers(
          time,
          { consecutiveFailures: 1, minimumCalls: 10_000, probes, probeSuccesses: probes },
          new cockatiel.ConsecutiveBreaker(1),
          { calls: probes, threshold: 0 },
        )
        for (const each of history) await step(each)
      }),
      { numRuns: 60 },
    )
  })

  it('a count window opens and probes at the same calls, until it has closed again', async () => {
    const sizes = fc.integer({ min: 1, max: 10 })
    await fc.assert(
      fc.asyncProperty(histories(openMs), sizes, sizes, async (history, one, other) => {
        using time = new BothTimes()
        const [minimumCalls, size] = [Math.min(one, other), Math.max(one, other)]
        // Theirs opens above the threshold, ours at it: no window this small tells 0.49 from 0.5.
        const { step, theirs } = breakers(
          time,
          { window: { type: 'count', size }, minimumCalls, failureRatio: 0.5 },
          new cockatiel.CountBreaker({ threshold: 0.49, size, minimumNumberOfCalls: minimumCalls }),
        )
        // It counts the probe that closed it in its new window, ours begins empty.
        let closedAgain = false
        theirs.onReset(() => {
          closedAgain = true
        })
        for (const each of history) if (!closedAgain) await step(each)
      }),
      { numRuns: 60 },
    )
  })

  it('a time window opens at the same call where calls come in each of its slices', async () => {
    const slices = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(slices, fc.integer({ min: 1, max: 8 }), async (history, minimumCalls) => {
        using time = new BothTimes()
        await time.advance(5_000)
        const { step, theirs } = breakers(
          time,
          {
            window: { type: 'time', durationMs: 5_000, buckets: 5 },
            minimumCalls,
            failureRatio: 0.5,
            burst: false,
          },
          new cockatiel.SamplingBreaker({ threshold: 0.49, duration: 5_000, minimumRps: minimumCalls / 5 }),
        )
        for (const slice of history) {
          for (const succeeds of slice) await step({ succeeds })
          if (theirs.state !== cockatiel.CircuitState.Closed) return
          await time.advance(1_000)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('a timeout ends the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(-1, 1),
        async (durationMs, later) => {
          using time = new BothTimes()
          const takesMs = durationMs + later
          const guarded = pipeline('p', [timeout({ durationMs })], { clock: time.clock })
          const policy = cockatiel.timeout(durationMs, cockatiel.TimeoutStrategy.Aggressive)
          const ours = ending(guarded.execute((call) => sleep(call, takesMs)))
          const theirs = ending(
            policy.execute(() => new Promise<void>((resolve) => setTimeout(resolve, takesMs))),
          )
          await time.advance(durationMs + 1)
          expect(await ours).toBe(await theirs)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('a bulkhead runs, queues and refuses the same calls in the same order', async () => {
    const sizes = fc.integer({ min: 0, max: 3 })
    const steps = fc.array(fc.oneof(fc.constant('start' as const), fc.nat(3)), { maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, steps, async (more, size, history) => {
        const limit = more + 1
        const ours = new Held()
        const theirs = new Held()
        const guarded = pipeline('p', [bulkhead({ limit, queue: size > 0 && { size } })])
        const policy = cockatiel.bulkhead(limit, size)
        const endings: [Promise<string>, Promise<string>][] = []
        for (const each of history) {
          const id = endings.length
          if (each === 'start') {
            endings.push([
              ending(guarded.execute(() => ours.run(id))),
              ending(policy.execute(() => theirs.run(id))),
            ])
          } else {
            const which = ours.running[each % Math.max(1, ours.running.length)] ?? -1
            ours.end(which)
            theirs.end(which)
          }
          await turn()
          expect(ours.began).toEqual(theirs.began)
          expect(ours.running).toEqual(theirs.running)
        }
        while (ours.running.length > 0) {
          for (const id of ours.running) [ours, theirs].forEach((held) => held.end(id))
          await turn()
        }
        for (const [our, their] of endings) expect(await our).toBe(await their)
      }),
    )
  })

  it('a fallback answers for the same failures', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const ours = planned(plan)
        const theirs = planned(plan)
        const guarded = pipeline('p', [fallback({ value: 'instead' })])
        const policy = cockatiel.fallback(all, 'instead')
        for (const _ of plan) {
          expect(await ending(guarded.execute(ours.run))).toBe(await ending(policy.execute(theirs.run)))
        }
      }),
    )
  })
})
