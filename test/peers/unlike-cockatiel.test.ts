import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, circuitBreaker, pipeline, retry, timeout } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, endingNow, never } from './rivals.ts'

const all = cockatiel.handleAll

/** D7 to D24: a class of defects, each seen in a released version. */
describe('unlike cockatiel on purpose', () => {
  // https://github.com/connor4312/cockatiel/blob/master/src/common/Executor.ts, invoke()
  it('D7: a listener that throws makes a good call fail; ours changes nothing', async () => {
    const theirs = cockatiel.retry(all, { maxAttempts: 0 })
    theirs.onSuccess(() => {
      throw boom
    })
    const ours = pipeline('p', [circuitBreaker({ consecutiveFailures: 1 })])
    ours.on(() => {
      throw boom
    })
    expect(await ending(theirs.execute(() => 1))).toBe('boom')
    expect(await ending(ours.execute(() => 1))).toBe('value 1')
  })

  // https://github.com/connor4312/cockatiel/blob/master/src/BulkheadPolicy.ts, dequeue()
  it('D8: who slips in between release and hand-over displaces a call that was accepted; ours keeps its place', async () => {
    const theirs = cockatiel.bulkhead(1, 1)
    const ours = pipeline('p', [bulkhead({ limit: 1, queue: { size: 1 } })])
    const release = Promise.withResolvers<void>()
    void theirs.execute(() => release.promise)
    void ours.execute(() => release.promise)
    const theirWaiter = ending(theirs.execute(() => 'accepted'))
    const ourWaiter = ending(ours.execute(() => 'accepted'))
    // Hears of the release right after the bulkhead: one call for the place, one for the queue.
    const slippedIn = release.promise.then(() => {
      for (let call = 0; call < 2; call++) {
        void ending(theirs.execute(never))
        void ending(ours.execute(never))
      }
    })
    release.resolve()
    await slippedIn
    expect(await theirWaiter).toBe('refused')
    expect(await ourWaiter).toBe('value accepted')
  })

  // https://github.com/connor4312/cockatiel/issues/25
  it('D9: it waits a backoff out after the caller has gone, and calls once more; ours settles at once', async () => {
    using time = new BothTimes()
    const caller = new AbortController()
    const theirs = cockatiel.retry(all, { maxAttempts: 3, backoff: new cockatiel.ConstantBackoff(5_000) })
    const backoff = { type: 'constant', baseMs: 5_000, maximumMs: 5_000, jitter: 'none' } as const
    const ours = pipeline('p', [retry({ backoff })], { clock: time.clock })
    const runs = { ours: 0, theirs: 0 }
    const failing = (whose: 'ours' | 'theirs') => (): never => {
      runs[whose]++
      throw new Error('not yet')
    }
    const theirEnd = ending(theirs.execute(failing('theirs'), caller.signal))
    const ourEnd = ending(ours.execute(failing('ours'), { signal: caller.signal }))
    await turn()
    caller.abort(boom)
    expect(await ourEnd).toBe('boom')
    expect(await endingNow(theirEnd)).toBe('has not ended')
    await time.advance(5_000)
    await theirEnd
    expect(runs).toEqual({ ours: 1, theirs: 2 })
  })

  // https://github.com/connor4312/cockatiel/issues/99, https://github.com/connor4312/cockatiel/issues/101
  it('D10: it calls a cancellation a timeout; ours ends with the reason of the caller', async () => {
    using time = new BothTimes()
    const caller = new AbortController()
    const theirs = cockatiel.timeout(5_000, cockatiel.TimeoutStrategy.Aggressive)
    const ours = pipeline('p', [timeout({ durationMs: 5_000 })], { clock: time.clock })
    const theirEnd = theirs.execute(never, caller.signal).catch((error: unknown) => error)
    const ourEnd = ours.executeOutcome(never, { signal: caller.signal })
    caller.abort(boom)
    expect(await theirEnd).toMatchObject({ message: 'Operation timed out after 5000ms' })
    expect(await ourEnd).toEqual({ error: boom })
  })

  // https://github.com/connor4312/cockatiel/blob/master/src/TimeoutPolicy.ts, execute()
  it('D13: a timeout of 2 ** 31 ms elapses at once; ours is that long', async () => {
    using time = new BothTimes()
    const theirs = cockatiel.timeout(2 ** 31, cockatiel.TimeoutStrategy.Aggressive)
    const ours = pipeline('p', [timeout({ durationMs: 2 ** 31 })], { clock: time.clock })
    const theirEnd = ending(theirs.execute(never))
    const ourEnd = ending(ours.execute(never))
    await time.advance(1)
    expect(await theirEnd).toBe('refused')
    expect(await endingNow(ourEnd)).toBe('has not ended')
    await time.clock.advance(2 ** 31 - 1)
    expect(await endingNow(ourEnd)).toBe('refused')
  })

  // https://github.com/connor4312/cockatiel/issues/107
  it('D24: by default it tries for ever without a pause, refusals included; ours waits for the circuit', async () => {
    using time = new BothTimes()
    const breaker = new cockatiel.ConsecutiveBreaker(1)
    const theirRetry = cockatiel.retry(all, {})
    const theirs = cockatiel.wrap(
      theirRetry,
      cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker }),
    )
    let theirRefusals = 0
    theirRetry.onRetry((reason) => {
      if ('error' in reason && reason.error instanceof cockatiel.BrokenCircuitError) theirRefusals++
    })
    const part = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000 })
    const ours = pipeline('p', [retry(), part], { clock: time.clock, random: () => 0 })
    const times: number[] = []
    const fails = (): Promise<never> => Promise.reject(boom)
    void theirs.execute(fails)
    const ourEnd = ending(
      ours.execute(() => {
        times.push(time.clock.now())
        return fails()
      }),
    )
    await time.advance(100)
    expect(theirRefusals).toBeGreaterThan(50)
    await time.clock.advance(10_000)
    expect(await ourEnd).toBe('boom')
    expect(times).toEqual([0, 1_000])
    expect(part.statistics().refused).toBe(1)
  })
})
