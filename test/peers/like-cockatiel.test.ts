import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, fallback, isError, pipeline, retry, sleep, timeout } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, endingNow, Held, planned, plans } from './rivals.ts'

const all = cockatiel.handleAll

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
          expect(await endingNow(ourEnd)).toBe(await endingNow(ended))
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
          expect(await endingNow(ours)).toBe(await endingNow(theirs))
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
        for (const [our, their] of endings) expect(await endingNow(our)).toBe(await endingNow(their))
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
