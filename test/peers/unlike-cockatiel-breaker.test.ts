import { setImmediate as turn } from 'node:timers/promises'
import { circuitBreaker, pipeline } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, endingNow, Held, never } from './rivals.ts'

const all = cockatiel.handleAll
const openMs = 1_000
const fails = (): Promise<never> => Promise.reject(boom)

/** Two breakers that open at the first failure. */
function breakers(time: BothTimes) {
  const part = circuitBreaker({ consecutiveFailures: 1, openMs, maximumOpenMs: openMs, probes: 1 })
  const ours = pipeline('p', [part], { clock: time.clock, random: () => 0 })
  const breaker = new cockatiel.ConsecutiveBreaker(1)
  const theirs = cockatiel.circuitBreaker(all, { halfOpenAfter: openMs, breaker })
  return { ours, part, theirs }
}

/** D1 to D24: a class of defects, each seen in a released version. */
describe('unlike cockatiel on purpose', () => {
  // https://github.com/connor4312/cockatiel/blob/master/src/CircuitBreakerPolicy.ts, execute()
  it('D1: a failure begun before it opened opens it again while a probe runs; ours drops late results', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(time)
    const late = Promise.withResolvers<never>()
    const lateEnds = [ending(ours.execute(() => late.promise)), ending(theirs.execute(() => late.promise))]
    await Promise.all([ending(ours.execute(fails)), ending(theirs.execute(fails))])
    await time.advance(openMs)
    void ours.execute(never)
    void theirs.execute(never)
    late.reject(boom)
    await Promise.all(lateEnds)
    expect(theirs.state).toBe(cockatiel.CircuitState.Open)
    expect(part.statistics()).toMatchObject({ state: 'half-open', late: 1 })
  })

  // https://github.com/resilience4j/resilience4j/issues/2028 asks for the same
  it('D2: a probe that hangs holds it half-open for ever; ours fails the probe when its lease ends', async () => {
    using time = new BothTimes()
    const { ours, theirs } = breakers(time)
    await Promise.all([ending(ours.execute(fails)), ending(theirs.execute(fails))])
    await time.advance(openMs)
    void ours.execute(never)
    void theirs.execute(never)
    await time.advance(30_000)
    await time.advance(openMs)
    const theirNext = ending(theirs.execute(() => 'served'))
    expect(await endingNow(theirNext)).toBe('has not ended')
    expect(await ending(ours.execute(() => 'served'))).toBe('value served')
  })

  // https://github.com/connor4312/cockatiel/issues/73
  it('D3: callers wait for the verdict of the probe, deaf to their signal, and then all run; ours are refused', async () => {
    using time = new BothTimes()
    const { ours, theirs } = breakers(time)
    await Promise.all([ending(ours.execute(fails)), ending(theirs.execute(fails))])
    await time.advance(openMs)
    const probes = { ours: new Held(), theirs: new Held() }
    void ours.execute(() => probes.ours.run(0))
    void theirs.execute(() => probes.theirs.run(0))
    const caller = new AbortController()
    const theirWaiters = [1, 2, 3].map((id) =>
      ending(theirs.execute(() => probes.theirs.run(id), id === 1 ? caller.signal : undefined)),
    )
    caller.abort(boom)
    expect(await endingNow(Promise.race(theirWaiters))).toBe('has not ended')
    const ourNext = ending(ours.execute(() => probes.ours.run(1)))
    expect(await endingNow(ourNext)).toBe('refused')
    probes.ours.end(0)
    probes.theirs.end(0)
    await turn()
    expect([probes.ours.began, probes.theirs.began]).toEqual([[0], [0, 2, 3]])
  })

  // https://github.com/connor4312/cockatiel/blob/master/src/breaker/SamplingBreaker.ts, rotateWindow()
  it('D4: its window moves on by one slice a call, so old failures outlive an idle hour; ours slides', async () => {
    using time = new BothTimes()
    await time.advance(1_000)
    const part = circuitBreaker({
      window: { type: 'time', durationMs: 1_000 },
      minimumCalls: 10,
      burst: false,
    })
    const ours = pipeline('p', [part], { clock: time.clock })
    const breaker = new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 1_000, minimumRps: 10 })
    const theirs = cockatiel.circuitBreaker(all, { halfOpenAfter: openMs, breaker })
    const call = async (times: number, operation: () => Promise<unknown>): Promise<void> => {
      for (let each = 0; each < times; each++) {
        await Promise.all([ending(ours.execute(operation)), ending(theirs.execute(operation))])
      }
    }
    await call(9, fails)
    await time.advance(3_600_000)
    await call(1, fails)
    expect(theirs.state).toBe(cockatiel.CircuitState.Open)
    expect(part.statistics()).toMatchObject({ state: 'closed', calls: 1, failures: 1 })
  })

  // https://github.com/connor4312/cockatiel/blob/master/src/Policy.ts, handleAll
  it('D6: the caller that gives up opens its circuit; ours blames nobody for that', async () => {
    using time = new BothTimes()
    const { ours, part, theirs } = breakers(time)
    const caller = new AbortController()
    const asFetchDoes = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(boom)))
    const ends = [
      ending(ours.execute(asFetchDoes, { signal: caller.signal })),
      ending(theirs.execute(asFetchDoes, caller.signal)),
    ]
    caller.abort(boom)
    await Promise.all(ends)
    expect(theirs.state).toBe(cockatiel.CircuitState.Open)
    expect(part.statistics()).toMatchObject({ state: 'closed', calls: 0 })
  })

  // https://github.com/connor4312/cockatiel/blob/master/src/breaker/ConsecutiveBreaker.ts
  it('D14: two breakers given the same options share their count by mistake; ours share nothing', async () => {
    const options = { halfOpenAfter: openMs, breaker: new cockatiel.ConsecutiveBreaker(2) }
    const theirs = [cockatiel.circuitBreaker(all, options), cockatiel.circuitBreaker(all, options)] as const
    const ourOptions = { consecutiveFailures: 2 }
    const parts = [circuitBreaker(ourOptions), circuitBreaker(ourOptions)] as const
    for (const policy of theirs) await ending(policy.execute(fails))
    for (const part of parts) await ending(pipeline('p', [part]).execute(fails))
    expect(theirs[1].state).toBe(cockatiel.CircuitState.Open)
    expect(parts[1].statistics().state).toBe('closed')
  })
})
