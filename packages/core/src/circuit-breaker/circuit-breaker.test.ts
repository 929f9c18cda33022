import { EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, it, test } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  CircuitOpenError,
  fallback,
  HoldfastConfigError,
  pipeline,
} from '../index.ts'
import type {
  Admitted,
  CircuitBreaker,
  CircuitBreakerOptions,
  CircuitSnapshot,
  HoldfastEvent,
  Outcome,
  Pipeline,
} from '../index.ts'

const down = new Error('down')

/** A breaker alone in a pipeline on a clock of its own, where chance is always `chance`. */
class Place {
  readonly clock: VirtualClock
  readonly breaker: CircuitBreaker
  readonly guarded: Pipeline
  readonly log: EventLog<HoldfastEvent>
  chance = 0

  constructor(options: CircuitBreakerOptions = {}, now = 10_000) {
    this.clock = new VirtualClock({ now })
    this.breaker = circuitBreaker(options)
    this.guarded = pipeline('test', [this.breaker], { clock: this.clock, random: () => this.chance })
    this.log = new EventLog(this.guarded)
  }

  /** One call a letter, `s` to succeed and `f` to fail. Says what came of each: the letter, or `x` for a refusal. */
  calls(endings: string): string {
    return Array.from(endings, (ending) => {
      const call = this.begin()
      call?.settle(ending === 's' ? { value: 1 } : { error: down })
      return call === undefined ? 'x' : ending
    }).join('')
  }

  /** A call that runs until it is settled; nothing where it is refused. */
  begin(): Admitted | undefined {
    const admission = this.guarded.admit()
    if (admission instanceof Promise) throw new Error('a breaker does not wait')
    return admission.admitted ? admission : undefined
  }

  async refusal(): Promise<CircuitOpenError> {
    const outcome: Outcome = await this.guarded.executeOutcome(() => 1)
    if ('error' in outcome && outcome.error instanceof CircuitOpenError) return outcome.error
    throw new Error('not refused')
  }

  get state(): string {
    return this.breaker.statistics().state
  }

  get openings(): readonly unknown[] {
    return this.log.of('circuit.open').map(({ reason, openMs }) => [reason, openMs])
  }
}

/** Opens at the first failure, for a second. */
const quick = { consecutiveFailures: 1, openMs: 1_000, probes: 1 } as const

/** Open for the first time. */
function opened(options: CircuitBreakerOptions = {}): Place {
  const place = new Place({ ...quick, ...options })
  place.calls('f')
  return place
}

/** Half-open, with every probe still to give. */
function halfOpen(options: CircuitBreakerOptions = {}): Place {
  const place = opened(options)
  place.clock.tick(1_000)
  expect(place.state).toBe('half-open')
  return place
}

describe('a closed circuit', () => {
  it('opens at the call that brings the share of failures exactly to failureRatio', () => {
    expect(new Place({ failureRatio: 0.5, minimumCalls: 4 }).calls('ssffs')).toBe('ssffx')
    expect(new Place({ failureRatio: 0.51, minimumCalls: 4 }).calls('ssffs')).toBe('ssffs')
  })

  it('opens at a failureRatio of 0 as soon as anything fails', () => {
    expect(new Place({ failureRatio: 0, minimumCalls: 4 }).calls('sssss' + 'fs')).toBe('sssssfx')
  })

  it('stays closed one call below minimumCalls, and opens at a failure alone', () => {
    const place = new Place({ minimumCalls: 4 })
    expect(place.calls('fffs')).toBe('fffs')
    expect(place.state).toBe('closed')
    expect(place.calls('fs')).toBe('fx')
  })

  it('needs half of twenty calls by default', () => {
    expect(new Place().calls('f'.repeat(19) + 'f' + 's')).toMatch(/^f{20}x$/)
    expect(new Place().calls('s'.repeat(11) + 'f'.repeat(10) + 's')).toMatch(/^s{11}f{10}s$/)
  })

  it('forgets failures that have left a time window of durationMs', () => {
    const window = { type: 'time', durationMs: 1_000 } as const
    const inside = new Place({ window, minimumCalls: 2 })
    inside.calls('f')
    inside.clock.tick(999)
    inside.calls('f')
    expect(inside.state).toBe('open')
    const outside = new Place({ window, minimumCalls: 2 })
    outside.calls('f')
    outside.clock.tick(1_000)
    outside.calls('f')
    expect(outside.state).toBe('closed')
  })

  it('forgets in as many steps as the window has buckets', () => {
    const place = (buckets: number): Place => {
      const window = { type: 'time', durationMs: 1_000, buckets } as const
      const made = new Place({ window, minimumCalls: 2 }, 10_900)
      made.calls('f')
      made.clock.tick(100)
      made.calls('f')
      return made
    }
    expect(place(10).state).toBe('open')
    expect(place(1).state).toBe('closed')
  })

  it('holds the last calls alone in a count window of that size', () => {
    const of = (size: number): string =>
      new Place({ window: { type: 'count', size }, minimumCalls: 3, failureRatio: 1 }).calls('sfffs')
    expect(of(3)).toBe('sfffx')
    expect(of(4)).toBe('sfffs')
  })

  it('holds the last hundred calls by default in a count window', () => {
    const place = new Place({ window: { type: 'count' } })
    place.calls('s'.repeat(101))
    expect(place.breaker.statistics().calls).toBe(100)
  })

  it('counts no refusal, no cancellation and nothing still running into the ratio', () => {
    const place = new Place({ minimumCalls: 4, failureRatio: 0.5 })
    for (let each = 0; each < 10; each++) place.begin()
    for (let each = 0; each < 10; each++) place.begin()?.settle('cancelled')
    expect(place.calls('sssfs')).toBe('sssfs')
    expect(place.calls('ffs')).toBe('ffs')
    expect(place.breaker.statistics()).toMatchObject({ calls: 8, failures: 3, failureRatio: 3 / 8 })
    expect(place.calls('ffs')).toBe('ffx')
  })

  it('opens after consecutiveFailures, whatever the volume; a success begins anew, a cancellation does not', () => {
    const place = new Place({ consecutiveFailures: 3 })
    expect(place.calls('ffsff')).toBe('ffsff')
    place.begin()?.settle('cancelled')
    expect(place.calls('fs')).toBe('fx')
    expect(place.openings).toEqual([['consecutive failures', 1_000]])
  })

  it('opens on a burst that the window as a whole would not show', () => {
    const options = { window: { type: 'time', durationMs: 1_000 }, minimumCalls: 10 } as const
    const after = (burst?: CircuitBreakerOptions['burst']): Place => {
      const place = new Place({ ...options, ...(burst === undefined ? {} : { burst }) })
      place.calls('s'.repeat(30))
      place.clock.tick(300)
      place.calls('s' + 'f'.repeat(9))
      return place
    }
    expect(after().openings).toEqual([['burst', 1_000]])
    expect(after(false).state).toBe('closed')
    expect(after({ failureRatio: 0.91, buckets: 2 }).state).toBe('closed')
    expect(after({ failureRatio: 0.9, buckets: 3 }).state).toBe('open')
    expect(after({ failureRatio: 0.9, buckets: 4 }).state).toBe('closed')
  })

  it('has no burst with fewer than minimumCalls in the newest buckets', () => {
    const place = new Place({ minimumCalls: 10, failureRatio: 1 })
    expect(place.calls('s' + 'f'.repeat(8) + 's')).not.toContain('x')
    expect(place.calls('f'.repeat(90))).toContain('x')
    expect(place.log.of('circuit.open')[0]?.reason).toBe('burst')
  })

  it('opens when tripWhen says so, which hears of each failure what the window holds', () => {
    const heard: unknown[] = []
    const place = new Place({
      tripWhen: (counts) => {
        heard.push(counts)
        return counts.failures === 2
      },
    })
    expect(place.calls('sfsfs')).toBe('sfsfx')
    expect(heard).toEqual([
      { calls: 2, failures: 1, slow: 0, ignored: 0 },
      { calls: 4, failures: 2, slow: 0, ignored: 0 },
    ])
    expect(place.openings).toEqual([['custom', 1_000]])
  })

  it('takes a tripWhen that throws for a no: neither calls nor the other rules notice', () => {
    const thrown = new Error('mistake')
    const place = new Place({
      minimumCalls: 2,
      slowCallMs: 100,
      slowRatio: 0.6,
      tripWhen: () => {
        throw thrown
      },
    })
    expect(place.calls('f')).toBe('f')
    expect(place.log.of('hook.failed')).toMatchObject([{ hook: 'tripWhen', error: thrown }])
    place.begin()
    place.clock.tick(101)
    expect(place.breaker.statistics().slow).toBe(1)
    expect(place.calls('sfs')).toBe('sfx')
  })

  it('does not take a promise from tripWhen for a yes', () => {
    const asynchronous = (async () => false) as unknown as () => boolean
    expect(new Place({ tripWhen: asynchronous }).calls('ffs')).toBe('ffs')
  })

  it('counts as failures what isFailure says, of values and of errors', () => {
    const place = new Place({
      minimumCalls: 2,
      isFailure: (outcome) => ('value' in outcome ? outcome.value === 'bad' : 'ignored'),
    })
    expect(place.calls('ffff')).toBe('ffff')
    expect(place.breaker.statistics().calls).toBe(0)
    place.begin()?.settle({ value: 'good' })
    place.begin()?.settle({ value: 'bad' })
    expect(place.state).toBe('open')
  })

  it('counts every error and no value where isFailure throws, and says that it threw', () => {
    const thrown = new Error('mistake')
    const place = new Place({
      isFailure: () => {
        throw thrown
      },
    })
    place.calls('sf')
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, failures: 1 })
    expect(place.log.of('hook.failed')).toMatchObject([
      { hook: 'isFailure', error: thrown },
      { hook: 'isFailure', error: thrown },
    ])
  })
})

describe('slow calls', () => {
  /** Calls that last so long, one after the other. */
  function lasting(place: Place, ...durations: readonly number[]): void {
    for (const ms of durations) {
      const call = place.begin()
      place.clock.tick(ms)
      call?.settle({ value: 1 })
    }
  }

  it('are those that last longer than slowCallMs, not those that last exactly so long', () => {
    const place = new Place({ slowCallMs: 100, minimumCalls: 2 })
    lasting(place, 100, 100)
    expect(place.breaker.statistics()).toMatchObject({ state: 'closed', calls: 2, slow: 0 })
    lasting(place, 101, 101)
    expect(place.openings).toEqual([['slow calls', 1_000]])
  })

  it('open the circuit at slowRatio, though they succeed', () => {
    const after = (slowRatio: number): string => {
      const place = new Place({ slowCallMs: 100, slowRatio, minimumCalls: 4 })
      lasting(place, 1, 101, 1, 101)
      return place.state
    }
    expect(after(0.5)).toBe('open')
    expect(after(0.51)).toBe('closed')
  })

  it('count while they still run, and once, and open the circuit when somebody asks', () => {
    const place = new Place({ slowCallMs: 100, minimumCalls: 4 })
    const hung = [place.begin(), place.begin()]
    place.calls('ss')
    place.clock.tick(100)
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, slow: 0, slowRatio: 0 })
    place.clock.tick(1)
    expect(place.calls('s')).toBe('x')
    for (const call of hung) call?.settle({ value: 1 })
    expect(place.breaker.statistics()).toMatchObject({ running: 0, late: 2 })
  })

  it('are not counted a second time when they end', () => {
    const place = new Place({ slowCallMs: 100, slowRatio: 1, minimumCalls: 4 })
    const hung = place.begin()
    place.calls('s')
    place.clock.tick(101)
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, slow: 1, running: 1, slowRatio: 0.5 })
    hung?.settle({ value: 1 })
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, slow: 1, running: 0, slowRatio: 0.5 })
  })

  it('do not dilute the share of failures once they were cancelled', () => {
    const place = new Place({ slowCallMs: 100, slowRatio: 1, minimumCalls: 4 })
    place.calls('ss')
    const cancelled = Array.from({ length: 10 }, () => place.begin())
    place.clock.tick(101)
    for (const call of cancelled) call?.settle('cancelled')
    expect(place.breaker.statistics()).toMatchObject({ calls: 12, slow: 10, ignored: 10, failureRatio: 0 })
    place.calls('ff')
    expect(place.openings).toEqual([['failures', 1_000]])
  })

  it('do not dilute a burst of failures once they were cancelled', () => {
    const burst = { failureRatio: 0.9, buckets: 2 }
    const place = new Place({ slowCallMs: 100, slowRatio: 1, minimumCalls: 4, failureRatio: 1, burst })
    place.calls('s')
    place.clock.tick(5_000)
    const cancelled = Array.from({ length: 10 }, () => place.begin())
    place.clock.tick(101)
    for (const call of cancelled) call?.settle('cancelled')
    place.calls('fff')
    expect(place.state).toBe('closed')
    place.calls('f')
    expect(place.openings).toEqual([['burst', 1_000]])
  })

  it('do not dilute the share of failures while they run', () => {
    const place = new Place({ slowCallMs: 100, slowRatio: 1, minimumCalls: 4, failureRatio: 0.5 })
    place.calls('ss')
    for (let each = 0; each < 10; each++) place.begin()
    place.clock.tick(101)
    expect(place.calls('f')).toBe('f')
    expect(place.breaker.statistics()).toMatchObject({ calls: 13, slow: 10, failureRatio: 1 / 3 })
    expect(place.calls('fs')).toBe('fx')
    expect(place.openings).toEqual([['failures', 1_000]])
  })

  it('are slow though they were cut short, as a hedge’s loser is', () => {
    const place = new Place({ slowCallMs: 100, minimumCalls: 1 })
    const loser = place.begin()
    place.clock.tick(101)
    loser?.settle('cancelled')
    expect(place.openings).toEqual([['slow calls', 1_000]])
  })

  it('are not those that a guard inside refused after a long wait', async () => {
    const clock = new VirtualClock()
    const breaker = circuitBreaker({ slowCallMs: 100, minimumCalls: 2 })
    const queue = { size: 1, maximumWaitMs: 200 }
    const guarded = pipeline('p', [breaker, bulkhead({ limit: 1, queue })], { clock })
    const running = guarded.executeOutcome(() => new Promise(() => {}))
    const waiting = guarded.executeOutcome(() => 1)
    await clock.advance(200)
    expect(await waiting).toHaveProperty('error')
    expect(breaker.statistics()).toMatchObject({ state: 'closed', running: 1, slow: 1 })
    void running
  })
})

describe('an open circuit', () => {
  it('refuses with what a caller needs: how long, why, and the failure seen last', async () => {
    const place = opened({ name: 'inventory' })
    place.clock.tick(400)
    const refusal = await place.refusal()
    expect(refusal).toMatchObject({
      code: 'ERR_CIRCUIT_OPEN',
      policy: 'inventory',
      retryAfterMs: 600,
      message: 'inventory: the circuit is open',
    })
    expect(refusal.cause).toBe(down)
    expect(place.log.of('circuit.rejected')).toMatchObject([
      { policy: 'inventory', reason: 'open', shadow: false },
    ])
    expect(place.breaker.statistics()).toMatchObject({ refused: 1, openings: 1, retryAfterMs: 600 })
  })

  it('stays open for openMs and probes exactly then', () => {
    const place = opened({ openMs: 1_000 })
    place.clock.tick(999)
    expect(place.calls('s')).toBe('x')
    place.clock.tick(1)
    expect(place.calls('s')).toBe('s')
    expect(place.state).toBe('closed')
  })

  it('draws up to a tenth of its time on top, so that a fleet does not probe in step', () => {
    const place = new Place(quick)
    place.chance = 0.5
    place.calls('f')
    expect(place.openings).toEqual([['consecutive failures', 1_050]])
  })

  it('stays open for twice as long after each round of probes that failed, up to maximumOpenMs', () => {
    const place = opened({ maximumOpenMs: 3_000, probes: 2, probeSuccesses: 2 })
    for (const openMs of [1_000, 2_000, 3_000]) {
      place.clock.tick(openMs)
      place.calls('f')
    }
    expect(place.openings).toEqual([
      ['consecutive failures', 1_000],
      ['probes failed', 2_000],
      ['probes failed', 3_000],
      ['probes failed', 3_000],
    ])
    expect(place.breaker.statistics().openings).toBe(4)
  })

  it('starts with openMs again once it has been closed', () => {
    const place = opened()
    place.clock.tick(1_000)
    place.calls('f')
    place.clock.tick(2_000)
    expect(place.calls('sf')).toBe('sf')
    expect(place.openings).toEqual([
      ['consecutive failures', 1_000],
      ['probes failed', 2_000],
      ['consecutive failures', 1_000],
    ])
  })

  it('grows to 15 s by default, and to openMs where that is longer', () => {
    const place = opened({ openMs: 20_000 })
    place.clock.tick(20_000)
    place.calls('f')
    expect(place.openings).toMatchObject([{ 1: 20_000 }, { 1: 20_000 }])
    expect(new Place().guarded.describe().parts[0]).toMatchObject({ maximumOpenMs: 15_000 })
  })

  it('is half-open at once with an openMs of 0', () => {
    expect(opened({ openMs: 0 }).calls('s')).toBe('s')
  })

  it('drops results of calls that began before it opened, now and while it probes', () => {
    const place = new Place({ ...quick, probes: 1 })
    const early = [place.begin(), place.begin(), place.begin()]
    place.calls('f')
    early[0]?.settle({ value: 1 })
    expect(place.state).toBe('open')
    place.clock.tick(1_000)
    const probe = place.begin()
    early[1]?.settle({ error: down })
    early[2]?.settle({ value: 1 })
    expect(place.state).toBe('half-open')
    probe?.settle({ value: 1 })
    expect(place.breaker.statistics()).toMatchObject({ state: 'closed', late: 3, calls: 0 })
  })
})

describe('a half-open circuit', () => {
  it('lets as many probe as probes says and tells the others when the first lease ends', async () => {
    const place = halfOpen({ probes: 2, probeSuccesses: 2, probeLeaseMs: 300 })
    place.begin()
    place.clock.tick(100)
    place.begin()
    place.clock.tick(100)
    expect((await place.refusal()).retryAfterMs).toBe(100)
    expect(place.log.of('circuit.rejected')).toMatchObject([{ reason: 'half-open' }])
  })

  it('is told of, as are its beginning and its end', () => {
    const place = halfOpen()
    place.calls('s')
    expect(place.log.events).toMatchObject([
      { type: 'circuit.open', at: 10_000, reason: 'consecutive failures', openMs: 1_000, openings: 1 },
      { type: 'circuit.half-open', at: 11_000 },
      { type: 'circuit.closed', at: 11_000 },
    ])
  })

  it('closes when probeSuccesses of them have succeeded', () => {
    expect(halfOpen({ probes: 3, probeSuccesses: 1 }).calls('ss')).toBe('ss')
    const place = halfOpen({ probes: 3, probeSuccesses: 2 })
    place.calls('sf')
    expect(place.state).toBe('half-open')
    place.calls('s')
    expect(place.state).toBe('closed')
  })

  it('asks for two of three by default', () => {
    const place = new Place({ consecutiveFailures: 1 })
    place.calls('f')
    place.clock.tick(1_000)
    place.calls('sf')
    expect(place.state).toBe('half-open')
    place.calls('f')
    expect(place.openings).toMatchObject([{}, { 0: 'probes failed' }])
  })

  it('opens again as soon as the round can no longer succeed', () => {
    const place = halfOpen({ probes: 3, probeSuccesses: 2 })
    expect(place.calls('ffs')).toBe('ffx')
  })

  it('gives up a probe exactly when its lease ends, whether or not somebody has looked since', () => {
    const place = halfOpen({ probeLeaseMs: 300 })
    const inTime = place.begin()
    place.clock.tick(299)
    inTime?.settle({ value: 1 })
    expect(place.state).toBe('closed')
    const other = halfOpen({ probeLeaseMs: 300 })
    const lost = other.begin()
    other.clock.tick(300)
    lost?.settle({ value: 1 })
    expect(other.breaker.statistics()).toMatchObject({ state: 'open', openings: 2, late: 1 })
  })

  it('has lost a probe that hangs when the lease ends, and tries again in bounded time', () => {
    const place = halfOpen({ probeLeaseMs: 300 })
    place.begin()
    place.clock.tick(300)
    expect(place.breaker.statistics()).toMatchObject({ state: 'open', retryAfterMs: 2_000 })
    place.clock.tick(2_000)
    expect(place.calls('s')).toBe('s')
  })

  it('waits half a minute for a probe by default', async () => {
    const place = opened({ openMs: 60_000, maximumOpenMs: 60_000 })
    place.clock.tick(60_000)
    place.begin()
    expect((await place.refusal()).retryAfterMs).toBe(30_000)
  })

  it('names no longer wait for probes that are under way than it stays open the first time', async () => {
    const place = halfOpen({ openMs: 700 })
    place.begin()
    expect((await place.refusal()).retryAfterMs).toBe(700)
  })

  it('tells every transition, those too that passed while nobody looked', () => {
    const place = halfOpen({ probeLeaseMs: 300 })
    place.begin()
    place.log.clear()
    place.clock.tick(3_000)
    expect(place.state).toBe('half-open')
    expect(place.log.types).toEqual(['circuit.open', 'circuit.half-open'])
    expect(place.openings).toEqual([['probes failed', 2_000]])
  })

  it('takes a probe that succeeds slowly for a failed one', () => {
    const place = halfOpen({ slowCallMs: 100, probes: 2, probeSuccesses: 1 })
    const exact = place.begin()
    place.clock.tick(100)
    exact?.settle({ value: 1 })
    expect(place.state).toBe('closed')
    const other = halfOpen({ slowCallMs: 100 })
    const slow = other.begin()
    other.clock.tick(101)
    slow?.settle({ value: 1 })
    expect(other.state).toBe('open')
  })

  it('gives a turn back that ended without a verdict, once for each probe of the round', () => {
    const place = halfOpen({ probes: 1 })
    place.guarded.update('circuit-breaker', { isFailure: () => 'ignored' })
    expect(place.calls('s')).toBe('s')
    expect(place.state).toBe('half-open')
    expect(place.calls('ss')).toBe('sx')
    expect(place.openings).toMatchObject([{}, { 0: 'probes failed' }])
  })

  it('starts counting from nothing when it closes', () => {
    const place = new Place({ minimumCalls: 2, probes: 1, openMs: 1 })
    place.calls('ff')
    place.clock.tick(2)
    expect(place.calls('sfs')).toBe('sfs')
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, failures: 1 })
  })
})

describe('after closing', () => {
  it('lets a share of the calls through that grows from rampFrom to all within rampMs', async () => {
    const place = halfOpen({ rampMs: 1_000, rampFrom: 0.2 })
    place.calls('s')
    place.chance = 0.79
    expect((await place.refusal()).message).toContain('has just closed')
    place.chance = 0.8
    expect(place.calls('s')).toBe('s')
    place.clock.tick(500)
    place.chance = 0.39
    expect(place.calls('s')).toBe('x')
    place.chance = 0.4
    expect(place.calls('s')).toBe('s')
    place.clock.tick(500)
    place.chance = 0
    expect(place.calls('s')).toBe('s')
    expect(place.log.of('circuit.rejected').map(({ reason }) => reason)).toEqual(['ramp', 'ramp'])
  })

  it('begins the ramp with a tenth by default, and has none unless asked', () => {
    const place = halfOpen({ rampMs: 1_000 })
    place.calls('s')
    place.chance = 0.89
    expect(place.calls('s')).toBe('x')
    const plain = halfOpen()
    plain.calls('s')
    expect(plain.calls('s')).toBe('s')
  })

  it('does not ramp up a circuit that has never been open', () => {
    expect(new Place({ rampMs: 1_000, rampFrom: 0 }).calls('s')).toBe('s')
  })
})

describe('modes', () => {
  it('shadow admits everything and reports what it would have refused', () => {
    const place = opened({ mode: 'shadow' })
    expect(place.calls('fsf')).toBe('fsf')
    expect(place.log.of('circuit.rejected')).toMatchObject([
      { reason: 'open', shadow: true },
      { reason: 'open', shadow: true },
      { reason: 'open', shadow: true },
    ])
    expect(place.breaker.statistics()).toMatchObject({ state: 'open', refused: 3, running: 0 })
  })

  it('shadow opens, probes and closes as it would when it refuses: only probes decide', () => {
    const place = opened({ mode: 'shadow', probes: 1 })
    const early = place.begin()
    place.clock.tick(1_000)
    const probe = place.begin()
    expect(place.calls('ff')).toBe('ff')
    early?.settle({ error: down })
    expect(place.state).toBe('half-open')
    probe?.settle({ value: 1 })
    expect(place.state).toBe('closed')
  })

  it('off admits everything and counts nothing', () => {
    const place = new Place({ ...quick, mode: 'off' })
    expect(place.calls('fffs')).toBe('fffs')
    expect(place.breaker.statistics()).toMatchObject({ state: 'closed', calls: 0, refused: 0 })
    expect(place.log.events).toEqual([])
  })
})

describe('an override', () => {
  it('open refuses a healthy circuit with its reason and the time until it ends', async () => {
    const place = new Place()
    place.breaker.override('open', { reason: 'maintenance', forMs: 5_000 })
    place.clock.tick(1_000)
    const refusal = await place.refusal()
    expect(refusal).toMatchObject({
      retryAfterMs: 4_000,
      message: 'circuit-breaker: forced open: maintenance',
    })
    expect(place.log.of('circuit.rejected')).toMatchObject([{ reason: 'overridden' }])
  })

  it('open without an end promises no time', async () => {
    const place = new Place()
    place.breaker.override('open', { reason: 'maintenance' })
    expect((await place.refusal()).retryAfterMs).toBeUndefined()
  })

  it('ends by itself exactly after forMs', () => {
    const place = new Place()
    place.breaker.override('open', { reason: 'maintenance', forMs: 5_000 })
    place.clock.tick(4_999)
    expect(place.calls('s')).toBe('x')
    place.clock.tick(1)
    expect(place.calls('s')).toBe('s')
    expect(place.log.of('circuit.overridden')).toMatchObject([
      { override: { state: 'open', reason: 'maintenance', until: 15_000 } },
      { override: undefined },
    ])
  })

  it('closed admits through an open circuit, which goes on probing and counting meanwhile', () => {
    const place = opened({ probes: 1 })
    place.breaker.override('closed', { reason: 'we know better' })
    expect(place.calls('ff')).toBe('ff')
    expect(place.state).toBe('open')
    place.clock.tick(1_000)
    const probe = place.begin()
    expect(place.calls('f')).toBe('f')
    expect(place.state).toBe('half-open')
    probe?.settle({ value: 1 })
    expect(place.state).toBe('closed')
    expect(place.calls('ff')).toBe('ff')
    expect(place.state).toBe('open')
  })

  it('closed admits through a ramp', () => {
    const place = halfOpen({ rampMs: 1_000 })
    place.calls('s')
    place.breaker.override('closed', { reason: 'we know better' })
    expect(place.calls('s')).toBe('s')
  })

  it('is replaced by the next, and gone when cleared', () => {
    const place = new Place()
    place.breaker.override('open', { reason: 'one' })
    place.breaker.override('closed', { reason: 'two' })
    expect(place.calls('s')).toBe('s')
    expect(place.breaker.statistics().override).toMatchObject({ state: 'closed', reason: 'two' })
    place.breaker.override('open', { reason: 'three' })
    place.breaker.clearOverride()
    expect(place.calls('s')).toBe('s')
    expect(place.breaker.statistics().override).toBeUndefined()
    place.breaker.clearOverride()
    expect(place.log.of('circuit.overridden').map(({ override }) => override?.reason)).toEqual([
      'one',
      'two',
      'three',
      undefined,
    ])
  })

  it('in shadow mode is reported alone', () => {
    const place = new Place({ mode: 'shadow' })
    place.breaker.override('open', { reason: 'maintenance' })
    expect(place.calls('s')).toBe('s')
    expect(place.log.of('circuit.rejected')).toMatchObject([{ reason: 'overridden', shadow: true }])
  })

  it('must be given a state and a reason, and may be given a duration', () => {
    const { breaker } = new Place()
    const said = (state: unknown, options: unknown) => () =>
      breaker.override(state as 'open', options as { reason: string })
    expect(said('open', {})).toThrow(HoldfastConfigError)
    expect(said('half-open', { reason: 'x' })).toThrow('state must be one of open, closed')
    expect(said('open', { reason: '' })).toThrow('reason must be a string that is not empty')
    expect(said('open', { reason: 'x', forMs: -1 })).toThrow('forMs must be')
    expect(said('open', { reason: 'x', for: 1 })).toThrow("unknown option 'for'")
    expect(breaker.statistics().override).toBeUndefined()
  })
})

describe('a snapshot', () => {
  /** What another process would get. */
  const sent = (place: Place): Record<string, CircuitSnapshot> =>
    JSON.parse(JSON.stringify(place.breaker.snapshot()))

  it('carries an open circuit through JSON onto a clock that reads something else', () => {
    const place = opened()
    place.clock.tick(400)
    const other = new Place(quick, 5)
    other.breaker.restore(sent(place))
    expect(other.breaker.statistics()).toMatchObject({ state: 'open', openings: 1, retryAfterMs: 600 })
    other.clock.tick(600)
    expect(other.calls('f')).toBe('f')
    expect(other.breaker.statistics()).toMatchObject({ state: 'open', retryAfterMs: 2_000 })
  })

  it('carries what a window holds, and failures in a row, to a process that has just begun', () => {
    const options = { minimumCalls: 4, consecutiveFailures: 5 }
    const place = new Place(options)
    place.calls('s')
    place.clock.tick(5_000)
    place.calls('s')
    const other = new Place(options, 5)
    other.breaker.restore(sent(place))
    expect(other.breaker.statistics().calls).toBe(2)
    other.clock.tick(5_000)
    expect(other.breaker.statistics().calls).toBe(1)
    place.calls('f')
    const third = new Place({ consecutiveFailures: 2 })
    third.breaker.restore(sent(place))
    expect(third.calls('fs')).toBe('fx')
  })

  it('carries a round of probes: those that run elsewhere hold their leases', () => {
    const place = halfOpen({ probes: 2, probeSuccesses: 2, probeLeaseMs: 300 })
    place.begin()
    place.clock.tick(100)
    const other = new Place({ ...quick, probes: 2, probeSuccesses: 2 }, 7)
    other.breaker.restore(sent(place))
    expect(other.calls('ss')).toBe('sx')
    other.clock.tick(199)
    expect(other.state).toBe('half-open')
    other.clock.tick(1)
    expect(other.state).toBe('open')
  })

  it('leaves the probes of its own process what they are, though a lease is off by a rounding', () => {
    const place = new Place({ ...quick, openMs: 0, probeLeaseMs: 300 }, 111.9381562723798)
    place.calls('f')
    const probe = place.begin()
    place.clock.tick(2.8792462475990543)
    place.breaker.restore(sent(place))
    probe?.settle({ value: 1 })
    expect(place.state).toBe('closed')
  })

  it('carries the ramp', () => {
    const place = halfOpen({ rampMs: 1_000, rampFrom: 0 })
    place.calls('s')
    place.clock.tick(500)
    const other = new Place({ rampMs: 1_000, rampFrom: 0 }, 3)
    other.breaker.restore(sent(place))
    other.chance = 0.49
    expect(other.calls('s')).toBe('x')
    other.chance = 0.5
    expect(other.calls('s')).toBe('s')
  })

  it('of an earlier time brings no late result back to life', () => {
    const place = new Place({ minimumCalls: 2, openMs: 1_000 })
    const early = place.begin()
    const before = sent(place)
    place.calls('ff')
    place.breaker.restore(before)
    expect(place.state).toBe('closed')
    early?.settle({ error: down })
    expect(place.breaker.statistics()).toMatchObject({ calls: 0, late: 1 })
  })

  it('fits a window of another length as far as it goes', () => {
    const place = new Place({ window: { type: 'time', durationMs: 1_000, buckets: 10 } })
    place.calls('ss')
    place.clock.tick(800)
    place.calls('f')
    const longer = new Place({ window: { type: 'time', durationMs: 10_000, buckets: 10 } })
    longer.breaker.restore(sent(place))
    expect(longer.breaker.statistics()).toMatchObject({ calls: 3, failures: 1 })
    const shorter = new Place({ window: { type: 'time', durationMs: 500, buckets: 10 } })
    shorter.breaker.restore(sent(place))
    expect(shorter.breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
    const counting = new Place({ window: { type: 'count', size: 50 } })
    counting.breaker.restore(sent(place))
    expect(counting.breaker.statistics().calls).toBe(0)
  })

  it('says nothing of an override, which stays as it is', () => {
    const place = new Place()
    place.breaker.override('open', { reason: 'maintenance' })
    const other = new Place()
    other.breaker.restore(sent(place))
    expect(other.calls('s')).toBe('s')
    place.breaker.restore(sent(other))
    expect(place.calls('s')).toBe('x')
  })

  test.each<[what: string, garbage: (good: CircuitSnapshot | undefined) => unknown]>([
    ['null', () => null],
    ['a list', () => []],
    ['text', () => 'closed'],
    ['a circuit that is null', () => ({ '': null })],
    ['a circuit without anything', () => ({ '': {} })],
    ['an unknown kind', (good) => ({ '': { ...good, kind: 'ajar' } })],
    ['an unknown field', (good) => ({ '': { ...good, colour: 'red' } })],
    ['a missing field', (good) => ({ '': { ...good, openings: undefined } })],
    ['a time that is no number', (good) => ({ '': { ...good, sinceMs: 'now' } })],
    ['a time that is not finite', (good) => ({ '': { ...good, sinceMs: Number.NaN } })],
    ['a fractional generation', (good) => ({ '': { ...good, generation: 1.5 } })],
    ['probes without leases', (good) => ({ '': { ...good, probes: { successes: 1 } } })],
    ['a half-open circuit without probes', (good) => ({ '': { ...good, probes: undefined } })],
    ['an open circuit without a reason', (good) => ({ '': { ...good, kind: 'open', probes: undefined } })],
    ['cells that are no list', (good) => ({ '': { ...good, cells: {} } })],
    ['a cell with more failures than calls', (good) => ({ '': { ...good, cells: [[0, 1, 2, 0]] } })],
    ['a cell that is too short', (good) => ({ '': { ...good, cells: [[0, 1]] } })],
    ['a cell of text', (good) => ({ '': { ...good, cells: [['0', '1', '0', '0']] } })],
    ['one bad circuit after a good one', (good) => ({ '': good, standby: {} })],
  ])('is refused when it is %s, and nothing changes', (_what, garbage) => {
    const bad = garbage(sent(halfOpen())['']) as Record<string, CircuitSnapshot>
    const { breaker } = new Place()
    const before = breaker.snapshot()
    expect(() => breaker.restore(bad)).toThrow(HoldfastConfigError)
    expect(breaker.snapshot()).toEqual(before)
  })
})

describe('live options', () => {
  it('apply to what comes, and keep what was counted', () => {
    const place = new Place({ minimumCalls: 100 })
    place.calls('ffff')
    place.guarded.update('circuit-breaker', { minimumCalls: 5 })
    expect(place.breaker.statistics().calls).toBe(4)
    expect(place.calls('fs')).toBe('fx')
  })

  it('a longer or shorter window takes over what fits', () => {
    const place = new Place({ window: { type: 'time', durationMs: 1_000 } })
    place.calls('s')
    place.clock.tick(800)
    place.calls('ff')
    place.guarded.update('circuit-breaker', { window: { type: 'time', durationMs: 20_000 } })
    place.clock.tick(5_000)
    expect(place.breaker.statistics()).toMatchObject({ calls: 3, failures: 2 })
    place.guarded.update('circuit-breaker', { window: { type: 'time', durationMs: 2_000 } })
    expect(place.breaker.statistics().calls).toBe(0)
  })

  it('a smaller count window keeps the newest calls', () => {
    const place = new Place({ window: { type: 'count', size: 10 }, minimumCalls: 2, failureRatio: 1 })
    place.calls('ssssf')
    place.guarded.update('circuit-breaker', { window: { type: 'count', size: 2 } })
    expect(place.breaker.statistics()).toMatchObject({ calls: 2, failures: 1 })
    expect(place.calls('fs')).toBe('fx')
  })

  it('a window of the other type begins empty', () => {
    const place = new Place({ burst: false })
    place.calls('ff')
    place.guarded.update('circuit-breaker', { window: { type: 'count', size: 30 } })
    expect(place.breaker.statistics().calls).toBe(0)
    place.calls('f')
    expect(place.breaker.statistics().calls).toBe(1)
  })

  it('an open circuit stays open for as long as it was said to, and grows by the new rule', () => {
    const place = opened()
    place.guarded.update('circuit-breaker', { openMs: 3_000 })
    expect(place.breaker.statistics().retryAfterMs).toBe(1_000)
    place.clock.tick(1_000)
    place.calls('f')
    expect(place.breaker.statistics().retryAfterMs).toBe(6_000)
  })

  it('a round of probes is judged by the new rules, and never stuck', () => {
    const place = halfOpen({ probes: 3, probeSuccesses: 2 })
    place.calls('s')
    place.guarded.update('circuit-breaker', { probes: 1, probeSuccesses: 1 })
    expect(place.state).toBe('closed')
    const other = halfOpen({ probes: 3, probeSuccesses: 2 })
    other.calls('f')
    other.guarded.update('circuit-breaker', { probes: 1, probeSuccesses: 1 })
    expect(other.breaker.statistics()).toMatchObject({ state: 'open', openings: 2 })
  })

  it('a new slowCallMs holds for the calls that run', () => {
    const place = new Place({ slowCallMs: 100, slowRatio: 1, minimumCalls: 5 })
    place.begin()
    place.clock.tick(101)
    expect(place.breaker.statistics().slow).toBe(1)
    place.guarded.update('circuit-breaker', { slowCallMs: 1_000 })
    expect(place.breaker.statistics().slow).toBe(0)
    place.clock.tick(900)
    expect(place.breaker.statistics().slow).toBe(1)
  })

  it('a mode switched off lets through and forgets nothing', () => {
    const place = opened()
    place.guarded.update('circuit-breaker', { mode: 'off' })
    expect(place.calls('s')).toBe('s')
    place.guarded.update('circuit-breaker', { mode: 'enforce' })
    expect(place.calls('s')).toBe('x')
  })

  it('that make no sense are refused whole', () => {
    const place = new Place({ minimumCalls: 4 })
    expect(() => place.guarded.update('circuit-breaker', { minimumCalls: 1, failureRatio: 2 })).toThrow(
      HoldfastConfigError,
    )
    expect(place.calls('fffs')).toBe('fffs')
  })

  it('are described by the names of the options', () => {
    const place = new Place({ proportional: { multiplier: 3 }, openMs: 5 })
    expect(place.guarded.describe().parts).toMatchObject([
      { name: 'circuit-breaker', openMs: 5, proportional: { multiplier: 3 }, mode: 'enforce' },
    ])
    expect(new Place().guarded.describe().parts).toMatchObject([{ proportional: false }])
  })

  it('are copied, nested objects included', () => {
    const window = { type: 'count' as const, size: 4 }
    const burst = { failureRatio: 1, buckets: 1 }
    const counting = new Place({ window, minimumCalls: 4 })
    const bursting = new Place({ burst, minimumCalls: 3, failureRatio: 1 })
    window.size = 1
    burst.failureRatio = 0.1
    counting.guarded.update('circuit-breaker', { openMs: 5 })
    expect(counting.guarded.describe().parts).toMatchObject([{ window: { size: 4 } }])
    expect(bursting.calls('ssfs')).toBe('ssfs')
  })
})

describe('several circuits', () => {
  it('each endpoint has its own: the primary’s opens, the standby is still served', async () => {
    const clock = new VirtualClock()
    const breaker = circuitBreaker(quick)
    const endpoints = [{ id: 'primary' }, { id: 'standby' }]
    const guarded = pipeline('p', [fallback({ endpoints }), breaker], { clock, random: () => 0 })
    const log = new EventLog<HoldfastEvent>(guarded)
    const served: (string | undefined)[] = []
    for (let each = 0; each < 3; each++) {
      await guarded.execute((call) => {
        served.push(call.endpoint?.id)
        if (call.endpoint?.id === 'primary') throw down
      })
    }
    expect(served).toEqual(['primary', 'standby', 'standby', 'standby'])
    expect(breaker.statistics('primary')).toMatchObject({ state: 'open', refused: 2 })
    expect(breaker.statistics('standby')).toMatchObject({ state: 'closed', calls: 3 })
    expect(Object.keys(breaker.snapshot())).toEqual(['primary', 'standby'])
    expect(log.of('circuit.open')).toMatchObject([{ endpoint: 'primary' }])
  })

  it('each endpoint is restored from its own snapshot', async () => {
    const place = opened()
    const { '': open } = place.breaker.snapshot()
    const clock = new VirtualClock()
    const breaker = circuitBreaker(quick)
    const endpoints = [{ id: 'primary' }, { id: 'standby' }]
    const guarded = pipeline('p', [fallback({ endpoints }), breaker], { clock })
    breaker.restore({ primary: open as CircuitSnapshot })
    expect(await guarded.execute((call) => call.endpoint?.id)).toBe('standby')
  })

  it('two pipelines may share one breaker, and its events come from the first', async () => {
    const clock = new VirtualClock()
    const breaker = circuitBreaker(quick)
    const first = pipeline('first', [breaker], { clock })
    const second = pipeline('second', [breaker], { clock })
    const log = new EventLog(first)
    await second.executeOutcome(() => Promise.reject(down))
    expect(await first.executeOutcome(() => 1)).toMatchObject({ error: { code: 'ERR_CIRCUIT_OPEN' } })
    expect(log.types).toEqual(['circuit.open', 'circuit.rejected'])
    expect(() => pipeline('third', [breaker], { clock: new VirtualClock() })).toThrow(HoldfastConfigError)
  })
})

describe('statistics', () => {
  it('can be read before the first call, outside any pipeline', () => {
    expect(circuitBreaker().statistics()).toEqual({
      state: 'closed',
      generation: 1,
      calls: 0,
      failures: 0,
      slow: 0,
      ignored: 0,
      failureRatio: undefined,
      slowRatio: undefined,
      running: 0,
      refused: 0,
      late: 0,
      openings: 0,
      retryAfterMs: undefined,
      override: undefined,
    })
  })

  it('of an endpoint that nobody has called can be read, and leave nothing behind', () => {
    const place = new Place()
    expect(place.breaker.statistics('elsewhere')).toMatchObject({ state: 'closed', calls: 0 })
    expect(place.breaker.snapshot()).toEqual({})
  })

  it('idle means no call running, a closed circuit, an empty window, no ramp and no override', () => {
    const place = new Place({ ...quick, rampMs: 20_000, window: { type: 'time', durationMs: 1_000 } })
    const idle = (): boolean | undefined => place.breaker.idle?.(place.clock.now())
    expect(idle()).toBe(true)
    const call = place.begin()
    expect(idle()).toBe(false)
    call?.settle({ value: 1 })
    expect(idle()).toBe(false)
    place.clock.tick(1_000)
    expect(idle()).toBe(true)
    place.calls('f')
    place.clock.tick(5_000)
    expect(idle()).toBe(false)
    place.calls('s')
    expect(place.state).toBe('closed')
    place.clock.tick(19_999)
    expect(idle()).toBe(false)
    place.clock.tick(1)
    expect(idle()).toBe(true)
    place.breaker.override('closed', { reason: 'test', forMs: 10 })
    expect(idle()).toBe(false)
    place.clock.tick(10)
    expect(idle()).toBe(true)
  })
})

describe('options that make no sense', () => {
  test.each<[options: object, message: string]>([
    [{ failureRatio: 1.1 }, 'failureRatio must be a number from 0 to 1, not 1.1'],
    [{ slowRatio: -0.1, slowCallMs: 1 }, 'slowRatio must be a number from 0 to 1, not -0.1'],
    [{ slowRatio: 0.5 }, 'slowRatio has no effect without slowCallMs'],
    [{ minimumCalls: 0 }, 'minimumCalls must be an integer of at least 1, not 0'],
    [{ slowCallMs: Number.NaN }, 'slowCallMs must be a finite number of milliseconds'],
    [{ consecutiveFailures: 1.5 }, 'consecutiveFailures must be an integer of at least 1'],
    [{ burst: true }, 'burst must be an object or false'],
    [{ burst: { failureRatio: 1, buckets: 0 } }, 'buckets must be an integer from 1'],
    [{ burst: { failureRatio: 1, buckets: 1 }, window: { type: 'count' } }, 'burst needs a time window'],
    [{ window: { type: 'tumbling' } }, 'type must be one of time, count'],
    [{ window: { type: 'time', size: 3 } }, "unknown option 'size'"],
    [{ window: { type: 'time', durationMs: 0 } }, 'durationMs must be'],
    [{ window: { type: 'time', buckets: 0 } }, 'buckets must be'],
    [{ window: { type: 'count', size: 5 } }, 'minimumCalls must be at most the window'],
    [{ window: { type: 'count', size: 0 } }, 'size must be'],
    [{ tripWhen: 'always' }, 'tripWhen must be a function'],
    [{ isFailure: true }, 'isFailure must be a function'],
    [{ openMs: -1 }, 'openMs must be'],
    [{ openMs: Infinity }, 'openMs must be'],
    [{ openMs: 2_000, maximumOpenMs: 1_000 }, 'maximumOpenMs must be at least openMs, 2000, not 1000'],
    [{ probes: 0 }, 'probes must be'],
    [{ probes: 2, probeSuccesses: 3 }, 'probeSuccesses must be at most probes, 2, not 3'],
    [{ probeLeaseMs: 0 }, 'probeLeaseMs must be'],
    [{ rampMs: -1 }, 'rampMs must be'],
    [{ rampFrom: 2 }, 'rampFrom must be'],
    [{ proportional: true }, 'proportional must be an object or false'],
    [{ proportional: { multiplier: 0.5 } }, 'multiplier must be'],
    [{ mode: 'dark' }, 'mode must be one of enforce, shadow, off'],
    [{ name: '' }, 'name must be'],
    [{ threshold: 5 }, "unknown option 'threshold'"],
  ])('%j are refused', (options, message) => {
    expect(() => circuitBreaker(options)).toThrow(HoldfastConfigError)
    expect(() => circuitBreaker(options)).toThrow(message)
  })
})
