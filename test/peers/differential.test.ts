import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, circuitBreaker, pipeline, retry, timeout } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import fc from 'fast-check'
import Opossum from 'opossum'
import { describe, expect, it } from 'vitest'

const boom = new Error('boom')

/** An operation that fails where the plan says so, and counts its runs. */
function planned(plan: readonly boolean[]): {
  readonly run: () => Promise<number>
  readonly runs: () => number
} {
  let runs = 0
  return { run: async () => (plan[runs++] === false ? Promise.reject(boom) : runs), runs: () => runs }
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    return `value ${String(await promise)}`
  } catch (error) {
    return error === boom ? 'boom' : 'refused'
  }
}

const plans = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })

describe('like cockatiel', () => {
  it('retry makes the same attempts with the same outcome', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, attempts) => {
        const ours = planned(plan)
        const theirs = planned(plan)
        const guarded = pipeline('p', [retry({ attempts, backoff: { baseMs: 0 }, budget: false })])
        // Its maxAttempts counts retries, not attempts.
        const policy = cockatiel.retry(cockatiel.handleAll, {
          maxAttempts: attempts - 1,
          backoff: new cockatiel.ConstantBackoff(0),
        })
        expect(await outcome(guarded.execute(ours.run))).toBe(await outcome(policy.execute(theirs.run)))
        expect(ours.runs()).toBe(theirs.runs())
      }),
      { numRuns: 30 },
    )
  })

  it('a breaker on consecutive failures opens at the same call', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 4 }), async (plan, threshold) => {
        const ours = planned(plan)
        const theirs = planned(plan)
        const guarded = pipeline('p', [
          circuitBreaker({
            consecutiveFailures: threshold,
            minimumCalls: 10_000,
            openMs: 60_000,
            maximumOpenMs: 60_000,
          }),
        ])
        const breaker = new cockatiel.ConsecutiveBreaker(threshold)
        const policy = cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 60_000, breaker })
        for (const _ of plan) {
          expect(await outcome(guarded.execute(ours.run))).toBe(await outcome(policy.execute(theirs.run)))
        }
        expect(ours.runs()).toBe(theirs.runs())
      }),
    )
  })

  it('a count window opens at the same call where the ratios differ from the threshold', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const ours = planned(plan)
        const theirs = planned(plan)
        // Theirs opens above the threshold, ours at it: 0.49 and 0.5 are told apart by no window of 7.
        const window = { type: 'count', size: 7 } as const
        const guarded = pipeline('p', [
          circuitBreaker({
            window,
            minimumCalls: 7,
            failureRatio: 0.5,
            openMs: 60_000,
            maximumOpenMs: 60_000,
          }),
        ])
        const breaker = new cockatiel.CountBreaker({ threshold: 0.49, size: 7 })
        const policy = cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 60_000, breaker })
        for (const _ of plan) {
          expect(await outcome(guarded.execute(ours.run))).toBe(await outcome(policy.execute(theirs.run)))
        }
      }),
    )
  })

  it('a bulkhead admits as many and refuses the rest', async () => {
    const never = (): Promise<void> => new Promise(() => {})
    const guarded = pipeline('p', [bulkhead({ limit: 2 })])
    const policy = cockatiel.bulkhead(2)
    for (let call = 0; call < 2; call++) {
      void guarded.execute(never)
      void policy.execute(never)
    }
    expect(await outcome(guarded.execute(never))).toBe(await outcome(policy.execute(never)))
  })
})

describe('like opossum', () => {
  it('refuses while open, and calls nothing', async () => {
    const ours = planned([false, false, false])
    const theirs = planned([false, false, false])
    const guarded = pipeline('p', [
      circuitBreaker({
        minimumCalls: 2,
        failureRatio: 0.5,
        burst: false,
        openMs: 60_000,
        maximumOpenMs: 60_000,
      }),
    ])
    const breaker = new Opossum(theirs.run, {
      volumeThreshold: 2,
      errorThresholdPercentage: 49,
      resetTimeout: 60_000,
      timeout: false,
    })
    for (let call = 0; call < 3; call++) {
      expect(await outcome(guarded.execute(ours.run))).toBe(await outcome(breaker.fire()))
    }
    expect(ours.runs()).toBe(theirs.runs())
    breaker.shutdown()
  })
})

describe('unlike them on purpose', () => {
  it('cockatiel waits a backoff out after an abort (peers D9); we settle at once', async () => {
    const caller = new AbortController()
    const operation = planned(Array.from({ length: 50 }, () => false))
    const guarded = pipeline('p', [
      retry({ backoff: { type: 'constant', baseMs: 5_000, jitter: 'none', maximumMs: 5_000 } }),
    ])
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    await turn()
    caller.abort(boom)
    expect(await result).toEqual({ error: boom })
    expect(operation.runs()).toBe(1)
  })

  it('opossum opens on its own refusals (https://github.com/nodeshift/opossum, capacity); ours blame nobody', async () => {
    const breaker = new Opossum(() => new Promise((resolve) => setImmediate(resolve)), {
      capacity: 1,
      timeout: false,
      volumeThreshold: 5,
    })
    await Promise.allSettled(Array.from({ length: 10 }, () => breaker.fire()))
    expect(breaker.opened).toBe(true)
    breaker.shutdown()
    const ours = circuitBreaker({ minimumCalls: 5 })
    const guarded = pipeline('p', [ours, bulkhead({ limit: 1 })])
    await Promise.allSettled(Array.from({ length: 10 }, () => guarded.execute(() => turn())))
    expect(ours.statistics().state).toBe('closed')
  })

  it('opossum refuses a void function (peers D16); we run anything', async () => {
    const guarded = pipeline('p', [timeout({ durationMs: 1_000 })])
    expect(await guarded.executeOutcome(() => undefined)).toEqual({ value: undefined })
  })

  it('cockatiel lets a listener that throws fail a good call (peers D7); ours cannot', async () => {
    const policy = cockatiel.retry(cockatiel.handleAll, { maxAttempts: 0 })
    policy.onSuccess(() => {
      throw boom
    })
    expect(await outcome(policy.execute(async () => 1))).toBe('boom')
    const guarded = pipeline('p', [circuitBreaker({ consecutiveFailures: 1 })])
    guarded.on(() => {
      throw boom
    })
    expect(await outcome(guarded.execute(() => 1))).toBe('value 1')
  })
})
