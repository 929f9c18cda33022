import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, circuitBreaker, pipeline } from '@holdfast/core'
import type { CircuitBreakerOptions } from '@holdfast/core'
import Opossum from 'opossum'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, never } from './rivals.ts'

const openMs = 1_000
const fails = (): Promise<never> => Promise.reject(boom)

/** Two breakers that open at the first failure, unless told otherwise. */
function breakers(time: BothTimes, options: CircuitBreakerOptions = {}, theirOptions: Opossum.Options = {}) {
  const part = circuitBreaker({
    consecutiveFailures: 1,
    openMs,
    maximumOpenMs: openMs,
    probes: 1,
    ...options,
  })
  const ours = pipeline('p', [part], { clock: time.clock, random: () => 0 })
  const theirs = new Opossum((operation: () => unknown) => operation() as Promise<unknown>, {
    timeout: false,
    resetTimeout: openMs,
    ...theirOptions,
  })
  return { ours, part, theirs }
}

/** D1 to D24: a class of defects, each seen in a released version. */
describe('unlike opossum on purpose', () => {
  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, call(); the same mended in
  // https://github.com/denoland/std/pull/7306
  it('D1: a success begun before it opened closes it while the probe hangs; ours drops late results', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(time)
    const late = Promise.withResolvers<number>()
    const lateEnds = [ending(ours.execute(() => late.promise)), ending(theirs.fire(() => late.promise))]
    await Promise.all([ending(ours.execute(fails)), ending(theirs.fire(fails))])
    await time.advance(openMs)
    void ours.execute(never)
    void theirs.fire(never)
    late.resolve(1)
    await Promise.all(lateEnds)
    expect(theirs.closed).toBe(true)
    expect(part.statistics()).toMatchObject({ state: 'half-open', late: 1 })
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/issues/276
  it('D2: a probe that hangs makes it refuse for ever; ours fails the probe when its lease ends', async () => {
    using time = new BothTimes()
    const { ours, theirs } = breakers(time)
    await Promise.all([ending(ours.execute(fails)), ending(theirs.fire(fails))])
    await time.advance(openMs)
    void ours.execute(never)
    void theirs.fire(never)
    await time.advance(30_000)
    await time.advance(openMs)
    expect(await ending(theirs.fire(() => Promise.resolve('served')))).toBe('refused')
    expect(await ending(ours.execute(() => 'served'))).toBe('value served')
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/issues/481
  it('D4: its window survives the closing, so the next failure opens it again; ours begins empty', async () => {
    using time = new BothTimes()
    const volume = { consecutiveFailures: 1_000, minimumCalls: 4, burst: false } as const
    const { ours, part, theirs } = breakers(time, volume, { volumeThreshold: 4 })
    const both = async (operation: () => Promise<unknown>): Promise<void> => {
      await Promise.all([ending(ours.execute(operation)), ending(theirs.fire(operation))])
    }
    for (let call = 0; call < 4; call++) await both(fails)
    await time.advance(openMs)
    await both(() => Promise.resolve(1))
    expect([theirs.closed, part.statistics().state]).toEqual([true, 'closed'])
    await both(fails)
    expect([theirs.opened, part.statistics().state]).toEqual([true, 'closed'])
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/issues/481
  it('D5: calls in flight dilute its failure rate; ours counts what has ended', async () => {
    using time = new BothTimes()
    const volume = { consecutiveFailures: 1_000, minimumCalls: 9, burst: false } as const
    const { ours, part, theirs } = breakers(time, volume, { volumeThreshold: 9 })
    for (let call = 0; call < 10; call++) {
      void ours.execute(never)
      void theirs.fire(never)
    }
    for (let call = 0; call < 9; call++) {
      await Promise.all([ending(ours.execute(fails)), ending(theirs.fire(fails))])
    }
    expect(theirs.closed).toBe(true)
    expect(part.statistics()).toMatchObject({ state: 'open' })
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, handleError()
  it('D6: it opens on refusals of its own capacity; ours blames nobody for them', async () => {
    using time = new BothTimes()
    const { part, theirs } = breakers(time, {}, { capacity: 1, volumeThreshold: 5 })
    const ours = pipeline('p', [part, bulkhead({ limit: 1 })], { clock: time.clock })
    for (let call = 0; call < 10; call++) {
      void ending(ours.execute(never))
      void ending(theirs.fire(never))
    }
    await turn()
    expect(theirs.opened).toBe(true)
    expect(part.statistics()).toMatchObject({ state: 'closed', failures: 0 })
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, call()
  it('D7: a listener that throws makes a good call a failure that opens it; ours changes nothing', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(time)
    const throwing = (): never => {
      throw boom
    }
    theirs.on('success', throwing)
    ours.on(throwing)
    expect(await ending(theirs.fire(() => Promise.resolve(1)))).toBe('boom')
    expect(theirs.opened).toBe(true)
    expect(await ending(ours.execute(() => 1))).toBe('value 1')
    expect(part.statistics().state).toBe('closed')
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, _startTimer()
  it('D13: an open time of 2 ** 31 ms is over at once; ours is that long', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(
      time,
      { openMs: 2 ** 31, maximumOpenMs: 2 ** 31 },
      { resetTimeout: 2 ** 31 },
    )
    await Promise.all([ending(ours.execute(fails)), ending(theirs.fire(fails))])
    await time.advance(1)
    expect(theirs.halfOpen).toBe(true)
    expect(part.statistics()).toMatchObject({ state: 'open', retryAfterMs: 2 ** 31 - 1 })
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, constructor
  it('D14: it writes into the options it is given, so that two breakers share a cache; ours only reads them', async () => {
    using time = new BothTimes()
    const options: Opossum.Options = { cache: true, timeout: false }
    const one = new Opossum(async () => 'of one', options)
    const two = new Opossum(async () => 'of two', options)
    await one.fire()
    expect(await two.fire()).toBe('of one')
    const ourOptions = Object.freeze({ openMs })
    const { ours } = breakers(time, ourOptions)
    expect(await ours.execute(() => 'ours')).toBe('ours')
    expect(ourOptions).toEqual({ openMs })
    one.shutdown()
    two.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, call()
  it('D16: an operation that returns nothing is a failure and opens it; ours runs anything', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(time)
    await expect(theirs.fire(() => undefined)).rejects.toThrow(TypeError)
    expect(theirs.opened).toBe(true)
    expect(await ours.executeOutcome(() => undefined)).toEqual({ value: undefined })
    expect(part.statistics().state).toBe('closed')
    theirs.shutdown()
  })
})
