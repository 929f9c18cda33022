import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it, test } from 'vitest'
import { circuitBreaker, HoldfastConfigError, pipeline, retry } from '../index.ts'
import type { Admission, CircuitBreakerOptions, Part, Pipeline } from '../index.ts'

const callsEveryMs = 5
const outageMs = 60_000
const healthyMs = 20_000

interface Outcome {
  /** Good answers, as a share of the calls made. */
  readonly goodput: number
  /** Calls that reached the dependency, as a share of the calls made. */
  readonly load: number
}

/**
 * A minute in which `share` of the calls fail, after a while in which none does, at 200 calls a second: the partial
 * outage by which policies are compared.
 */
function partialOutage(options: CircuitBreakerOptions, share: number, seed = 1): Outcome {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  const guarded = pipeline('p', [circuitBreaker(options)], { clock, random: random.fork() })
  let sent = 0
  let good = 0
  const calls = outageMs / callsEveryMs
  for (let call = -healthyMs / callsEveryMs; call < calls; call++) {
    clock.tick(callsEveryMs)
    const admission = admitted(guarded)
    if (!admission.admitted) continue
    const failed = call >= 0 && random() < share
    admission.settle(failed ? { error: new Error('down') } : { value: 1 })
    if (call >= 0) sent++
    if (call >= 0 && !failed) good++
  }
  return { goodput: good / calls, load: sent / calls }
}

function admitted(guarded: Pipeline): Admission {
  const admission = guarded.admit()
  if (admission instanceof Promise) throw new Error('a breaker does not wait')
  return admission
}

const seeds = [2, 3]

describe('in a partial outage at 200 calls a second for a minute', () => {
  test.each<[share: number, goodput: number, load: number]>([
    [0.1, 0.9, 1],
    [0.2, 0.8, 1],
    [0.5, 0.5, 1],
    [0.7, 0.2, 0.66],
    [0.9, 0, 0.02],
    [1, 0, 0.02],
  ])('of %d of the calls, proportional gives a goodput of %d at a load of %d', (share, goodput, load) => {
    const found = partialOutage({ proportional: {} }, share)
    expect(Math.abs(found.goodput - goodput)).toBeLessThan(0.02)
    expect(Math.abs(found.load - load)).toBeLessThan(0.03)
  })

  it('proportional keeps what no policy at all would keep, up to half, and spares a dead dependency', () => {
    for (const seed of seeds) {
      for (const share of [0.1, 0.2, 0.5]) {
        const none = partialOutage({ mode: 'off' }, share, seed)
        expect(partialOutage({ proportional: {} }, share, seed).goodput).toBeGreaterThan(0.98 * none.goodput)
      }
      expect(partialOutage({ proportional: {} }, 1, seed).load).toBeLessThan(0.03)
    }
  })

  test.each<[share: number, goodput: number, load: number]>([
    [0.1, 0.9, 1],
    [0.2, 0.8, 1],
    [0.5, 0.16, 0.31],
    [1, 0, 0.02],
  ])('of %d of the calls, a plain breaker gives a goodput of %d at a load of %d', (share, goodput, load) => {
    const found = partialOutage({}, share)
    expect(Math.abs(found.goodput - goodput)).toBeLessThan(0.02)
    expect(Math.abs(found.load - load)).toBeLessThan(0.03)
  })
})

describe('proportional', () => {
  /** A circuit whose window holds `successes` and `failures`, and chance that is always `chance`. It opens for nothing less. */
  function withWindow(
    options: CircuitBreakerOptions,
    successes: number,
    failures: number,
  ): (chance: number) => Admission {
    let drawn = 0.999
    const clock = new VirtualClock()
    const rules = { minimumCalls: successes + failures, failureRatio: 1, burst: false } as const
    const guarded = pipeline('p', [circuitBreaker({ ...rules, ...options })], { clock, random: () => drawn })
    for (let call = 0; call < successes + failures; call++) {
      const admission = admitted(guarded)
      if (!admission.admitted) throw new Error('refused too early')
      admission.settle(call < successes ? { value: 1 } : { error: new Error('down') })
    }
    return (chance) => {
      drawn = chance
      return admitted(guarded)
    }
  }

  it('refuses the share by which the calls exceed twice the successes', () => {
    const asked = withWindow({ proportional: {} }, 3, 16)
    const share = (19 - 2 * 3) / (19 + 1)
    expect(asked(share - 0.001)).toMatchObject({
      admitted: false,
      error: {
        message: 'circuit-breaker: too many calls fail, so a share of them is refused',
        retryAfterMs: undefined,
      },
    })
    expect(asked(share).admitted).toBe(true)
  })

  it('multiplies the successes by multiplier', () => {
    const asked = withWindow({ proportional: { multiplier: 4 } }, 3, 16)
    const share = (19 - 4 * 3) / (19 + 1)
    expect(asked(share - 0.001).admitted).toBe(false)
    expect(asked(share).admitted).toBe(true)
  })

  it('refuses nothing while no more than half fail, and nothing when it is off', () => {
    expect(withWindow({ proportional: {} }, 10, 10)(0).admitted).toBe(true)
    expect(withWindow({ proportional: false }, 1, 20)(0).admitted).toBe(true)
    expect(withWindow({}, 1, 20)(0).admitted).toBe(true)
  })

  it('refuses nothing before minimumCalls are in the window: one failure says little', () => {
    expect(withWindow({ proportional: {}, minimumCalls: 20 }, 0, 19)(0).admitted).toBe(true)
    expect(withWindow({ proportional: {}, minimumCalls: 20 }, 1, 19)(0).admitted).toBe(false)
  })

  it('leaves room below the hard threshold: 0.9 by default, and never one that it cannot reach', () => {
    const described = pipeline('p', [circuitBreaker({ proportional: {} })]).describe()
    expect(described.parts).toMatchObject([{ failureRatio: 0.9, proportional: { multiplier: 2 } }])
    expect(() => circuitBreaker({ proportional: {}, failureRatio: 0.5 })).toThrow(HoldfastConfigError)
    expect(() => circuitBreaker({ proportional: {}, failureRatio: 0.51 })).not.toThrow()
    expect(() => circuitBreaker({ proportional: { multiplier: 10 } })).toThrow(
      'proportional begins at 0.9, where failureRatio 0.9 opens already',
    )
  })

  /** Calls that reach a dependency of which 7 of 10 calls fail, as a share of the calls made in 20 s. */
  async function loadBehind(...outer: readonly Part[]): Promise<number> {
    const clock = new VirtualClock()
    const random = seededRandom(1)
    const parts = [...outer, circuitBreaker({ proportional: {}, minimumCalls: 100 })]
    const guarded = pipeline('p', parts, { clock, random: random.fork() })
    const calls = 4_000
    let sent = 0
    for (let call = 0; call < calls; call++) {
      await clock.advance(callsEveryMs)
      void guarded.executeOutcome(() => {
        sent++
        if (random() < 0.7) throw new Error('down')
      })
    }
    return sent / calls
  }

  it('under a retry, whose attempts at refusals its budget bounds, lets hardly more through', async () => {
    const alone = await loadBehind()
    expect(alone).toBeLessThan(0.7)
    expect(await loadBehind(retry())).toBeLessThan(1.1 * alone)
  })
})
