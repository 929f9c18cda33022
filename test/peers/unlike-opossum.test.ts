import { bulkhead, fallback, pipeline, timeout } from '@holdfast/core'
import Opossum from 'opossum'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, never } from './rivals.ts'

/** D8 to D23: a class of defects, each seen in a released version. */
describe('unlike opossum on purpose', () => {
  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, call()
  it('D8: its timeout frees a place while the work goes on, so more run than it allows; ours never', async () => {
    using time = new BothTimes()
    const started = { ours: 0, theirs: 0 }
    const counted = (whose: 'ours' | 'theirs') => (): Promise<never> => {
      started[whose]++
      return never()
    }
    const theirs = new Opossum(counted('theirs'), { capacity: 2, timeout: 10, volumeThreshold: 1_000 })
    const ours = pipeline('p', [timeout({ durationMs: 10 }), bulkhead({ limit: 2 })], { clock: time.clock })
    for (let call = 0; call < 10; call++) {
      void ending(theirs.fire())
      void ending(ours.execute(counted('ours')))
      if (call % 2 === 1) await time.advance(10)
    }
    expect(started).toEqual({ ours: 2, theirs: 10 })
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/issues/861, https://github.com/nodeshift/opossum/issues/780
  it('D10: one slow call aborts its neighbours and all that come later; ours have a signal each', async () => {
    using time = new BothTimes()
    const shared = new AbortController()
    const theirs = new Opossum(never, { timeout: 10, abortController: shared, volumeThreshold: 1_000 })
    const ours = pipeline('p', [timeout({ durationMs: 10 })], { clock: time.clock })
    const signals: AbortSignal[] = []
    const call = (): void => {
      void ending(theirs.fire())
      void ours.executeOutcome(({ signal }) => {
        signals.push(signal)
        return never()
      })
    }
    call()
    await time.advance(5)
    call()
    await time.advance(5)
    call()
    expect(theirs.closed && shared.signal.aborted).toBe(true)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false])
    theirs.shutdown()
  })

  // https://github.com/nodeshift/opossum/blob/main/lib/circuit.js, fallback()
  it('D23: the error of its fallback hides the first; ours keeps it as the cause', async () => {
    const fails = (): Promise<never> => Promise.reject(boom)
    const theirs = new Opossum(fails, { timeout: false })
    const second = (): Error => new Error('and no substitute')
    theirs.fallback(() => Promise.reject(second()))
    const ours = pipeline('p', [fallback({ run: () => Promise.reject(second()) })])
    const theirError: unknown = await theirs.fire().catch((error: unknown) => error)
    expect(theirError).not.toHaveProperty('cause')
    expect(await ours.executeOutcome(fails)).toMatchObject({
      error: { message: 'and no substitute', cause: boom },
    })
    theirs.shutdown()
  })
})
