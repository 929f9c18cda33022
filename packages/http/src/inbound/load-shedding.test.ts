import { HoldfastConfigError, pipeline } from '@holdfast/core'
import type { HoldfastEvent, Pipeline } from '@holdfast/core'
import { EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { criticalities } from './criticality.ts'
import type { Criticality } from './criticality.ts'
import type { LoadReading, LoadSensors } from './load-sensors.ts'
import { loadShedding } from './load-shedding.ts'
import type { LoadShedding } from './load-shedding.ts'
import type { LoadSheddingOptions } from './load-shedding-options.ts'
import { replyTo } from './reply.ts'

const quiet: LoadReading = { eventLoopDelayMs: 0, eventLoopUtilization: 0.3, heapUsedRatio: 0.3 }
const late: LoadReading = { ...quiet, eventLoopDelayMs: 100 }

/** Sensors that say what they are told to. */
class Told implements LoadSensors {
  reading = quiet
  running = 0

  start(): () => void {
    this.running++
    return () => void this.running--
  }

  read(): LoadReading {
    return { ...this.reading }
  }
}

interface Scene {
  readonly clock: VirtualClock
  readonly sensors: Told
  readonly guard: LoadShedding
  readonly door: Pipeline
  /** Which levels of criticality get in now. */
  admitted(): readonly Criticality[]
  /** So many half seconds with that reading and a call in each. */
  pass(count: number, reading: LoadReading): Promise<void>
}

function scene(options: LoadSheddingOptions = {}, chance = 0.5): Scene {
  const clock = new VirtualClock()
  const sensors = new Told()
  const guard = loadShedding({ sensors, ...options })
  const door = pipeline('door', [guard], { clock, random: () => chance })
  const isAdmitted = (criticality: Criticality): boolean => {
    const admission = door.admit({ metadata: { criticality } })
    return 'admitted' in admission && admission.admitted
  }
  return {
    clock,
    sensors,
    guard,
    door,
    admitted: () => criticalities.filter(isAdmitted),
    async pass(count, reading) {
      sensors.reading = reading
      for (let half = 0; half < count; half++) {
        await clock.advance(500)
        isAdmitted('critical-plus')
      }
    },
  }
}

describe('load shedding', () => {
  test('refuses nobody while the process is not too busy', async () => {
    const { admitted, pass, guard } = scene()
    await pass(10, quiet)
    expect(admitted()).toEqual(criticalities)
    expect(guard.statistics()).toEqual({ level: 0, reading: quiet, rejected: 0 })
  })

  test.each<LoadReading>([late, { ...quiet, eventLoopUtilization: 0.98 }, { ...quiet, heapUsedRatio: 0.95 }])(
    'gives up one level of criticality after the other while it is: %o',
    async (reading) => {
      const { admitted, pass } = scene()
      await pass(1, quiet)
      await pass(4, reading)
      expect(admitted()).toEqual(['sheddable-plus', 'critical', 'critical-plus'])
      await pass(4, reading)
      expect(admitted()).toEqual(['critical', 'critical-plus'])
      await pass(100, reading)
      expect(admitted()).toEqual(['critical-plus'])
    },
  )

  test('refuses a growing share, not all at once', async () => {
    const { door, pass, guard } = scene({}, 0.3)
    await pass(1, quiet)
    await pass(1, late)
    expect(guard.statistics().level).toBe(0.25)
    expect(door.admit({ metadata: { criticality: 'sheddable' } })).toMatchObject({ admitted: true })
    await pass(1, late)
    expect(door.admit({ metadata: { criticality: 'sheddable' } })).toMatchObject({ admitted: false })
  })

  test('rises twice as fast where there is twice too much, and no faster', async () => {
    const { pass, guard } = scene()
    await pass(1, quiet)
    await pass(1, { ...quiet, eventLoopDelayMs: 5_000 })
    expect(guard.statistics().level).toBe(0.5)
  })

  test('holds between four fifths of the threshold and the threshold, and falls half as fast as it rose', async () => {
    const { pass, guard } = scene()
    await pass(1, quiet)
    await pass(4, late)
    await pass(4, { ...quiet, eventLoopDelayMs: 80 })
    expect(guard.statistics().level).toBe(1)
    await pass(4, { ...quiet, eventLoopDelayMs: 79 })
    expect(guard.statistics().level).toBe(0.5)
    await pass(4, quiet)
    expect(guard.statistics().level).toBe(0)
  })

  test('is over after a time without calls', async () => {
    const { pass, guard, clock, sensors, admitted } = scene()
    await pass(1, quiet)
    await pass(100, late)
    sensors.reading = quiet
    await clock.advance(12_000)
    expect(admitted()).toEqual(criticalities)
    expect(guard.statistics().level).toBe(0)
  })

  test('is over after a time in which the sensors throw, which is told', async () => {
    const { pass, guard, sensors, door, admitted } = scene()
    await pass(1, quiet)
    await pass(8, late)
    const log = new EventLog<HoldfastEvent>(door)
    sensors.read = () => {
      throw new Error('no idea')
    }
    await pass(20, late)
    expect(admitted()).toEqual(criticalities)
    expect(guard.statistics().level).toBe(0)
    expect(log.events[0]).toMatchObject({ type: 'hook.failed', policy: 'load-shedding', hook: 'sensors' })
  })

  test('takes the same reading once', async () => {
    const { guard, clock, door } = scene({ sensors: { start: () => () => {}, read: () => late } })
    for (let half = 0; half < 10; half++) {
      await clock.advance(500)
      void door.admit()
    }
    expect(guard.statistics().level).toBe(0)
  })

  test('says when to come back: after as long as it has lasted and until it is over, spread by chance', async () => {
    const { door, pass } = scene()
    await pass(1, quiet)
    await pass(5, late)
    const refused = door.admit({ metadata: { criticality: 'sheddable' } })
    // It has lasted 2 s, and a level of 1.25 is gone in 5 s: 7 s and a quarter of that.
    expect(refused).toMatchObject({ error: { code: 'ERR_OVERLOADED', retryAfterMs: 8_750 } })
    expect('error' in refused && replyTo(refused.error)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '9' },
    })
  })

  test('tells when it reaches another level of criticality, and whom it refuses', async () => {
    const { door, pass } = scene()
    const log = new EventLog<HoldfastEvent>(door)
    await pass(1, quiet)
    await pass(8, late)
    void door.admit({ metadata: { criticality: 'sheddable' } })
    await pass(9, quiet)
    const told = log.events.map((event) => ({ ...event }) as Record<string, unknown>)
    expect(told.map(({ type, level, criticality }) => [type, level ?? criticality])).toEqual([
      ['load-shedding.moved', 0.25],
      ['load-shedding.moved', 1.25],
      ['load-shedding.rejected', 'sheddable'],
      ['load-shedding.moved', 1],
    ])
  })

  test('in shadow reports and admits, off admits', async () => {
    const { admitted, pass, guard } = scene({ mode: 'shadow' })
    await pass(1, quiet)
    await pass(100, late)
    expect(admitted()).toEqual(criticalities)
    expect(guard.statistics().rejected).toBe(3)
    guard.configure?.({ mode: 'off' })
    expect(admitted()).toEqual(criticalities)
    expect(guard.statistics().rejected).toBe(3)
  })

  test('does without a sensor that is switched off', async () => {
    const { admitted, pass, guard } = scene({ eventLoopDelayMs: false })
    await pass(1, quiet)
    await pass(100, { ...late, eventLoopDelayMs: 1e6 })
    expect(admitted()).toEqual(criticalities)
    expect(guard.describe?.()).toEqual({
      eventLoopDelayMs: false,
      eventLoopUtilization: 0.98,
      heapUsedRatio: 0.95,
      mode: 'enforce',
    })
  })

  test('starts its sensors in the first pipeline and stops them after the last', () => {
    const { guard, sensors, clock } = scene()
    pipeline('other', [guard], { clock })
    expect(sensors.running).toBe(1)
    guard.detach?.()
    expect(sensors.running).toBe(1)
    const others = new Told()
    guard.configure?.({ sensors: others })
    expect([sensors.running, others.running]).toEqual([0, 1])
    guard.detach?.()
    expect(others.running).toBe(0)
  })
})

test.each<[object, RegExp]>([
  [
    { eventLoopDelayMs: 0 },
    /load-shedding: eventLoopDelayMs must be a number of at least 1, or false, not 0/,
  ],
  [{ eventLoopUtilization: 1.1 }, /eventLoopUtilization must be a number from 0.01 to 1, or false/],
  [{ heapUsedRatio: true }, /heapUsedRatio must be/],
  [{ sensors: 1 }, /sensors must be an object/],
  [{ rss: 1 }, /unknown option 'rss'/],
])('%o is refused by name', (options, message) => {
  expect(() => loadShedding(options)).toThrow(HoldfastConfigError)
  expect(() => loadShedding(options)).toThrow(message)
})
