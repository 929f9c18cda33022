import { readFileSync } from 'node:fs'
import type { PartConfig } from '@holdfast/core'
import { namedScenario, scenarioNames } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import { choice, parts } from '../../examples/gateway/src/policies.ts'
import { schedule } from '../../examples/gateway/src/schedule.ts'
import { standardWithTimeout } from './experiments/standard-with.ts'
import { answered, errorTime, played } from './played.ts'

/** The clients of the scenarios that have two worlds side by side. */
const both = ['plain', 'protected'] as const

describe('faults, as the scenarios that come with the simulator show them', { timeout: 60_000 }, () => {
  it('down: callers hear errors for at most a second, and none when it is back', async () => {
    const down = await played('down')
    expect(answered(down.calls('plain', 20, 40))).toBe(0)
    expect(errorTime(down.calls('protected'))).toBeLessThan(1_000)
    expect(answered(down.calls('protected'))).toBeGreaterThan(0.998)
    expect(
      down
        .states('group')
        .at(-1)
        ?.changes.map(({ state }) => state),
    ).toEqual(['standby 1', 'primary'])
  })

  it('slow: nearly all are answered in half a second by a standby', async () => {
    const slow = await played('slow')
    expect(answered(slow.calls('plain', 20, 40), 500)).toBeLessThan(0.7)
    expect(answered(slow.calls('protected', 20, 40), 500)).toBeGreaterThan(0.985)
  })

  it('flapping: callers stay with the standby for a while, and hardly notice', async () => {
    const flapping = await played('flapping')
    expect(answered(flapping.calls('plain', 20, 40))).toBeLessThan(0.6)
    expect(answered(flapping.calls('protected', 20, 40))).toBeGreaterThan(0.99)
    const changes = flapping.states('group').flatMap((group) => group.changes)
    expect(changes.length).toBeLessThanOrEqual(4)
  })

  it('errors: the preset halves a fifth of errors for a tenth more attempts, and a larger budget leaves fewer than one in thirty', async () => {
    const errors = await played('errors')
    const during = [20, 40] as const
    expect(answered(errors.calls('plain', ...during))).toBeLessThan(0.85)
    expect(answered(errors.calls('preset', ...during))).toBeGreaterThan(0.88)
    expect(errors.attempts('preset', ...during)).toBeLessThan(1.2 * errors.calls('preset', ...during).length)
    expect(answered(errors.calls('generous', ...during))).toBeGreaterThan(0.97)
    expect(errors.attempts('generous', ...during)).toBeLessThan(
      1.3 * errors.calls('generous', ...during).length,
    )
  })

  it('standby-down: where nothing can answer, calls end at once and little is sent; all is well two seconds after the standby is back', async () => {
    const standbyDown = await played('standby-down')
    expect(answered(standbyDown.calls('protected', 17, 25))).toBeGreaterThan(0.99)
    const helpless = standbyDown.calls('protected', 27, 35)
    expect(answered(helpless)).toBeLessThan(0.01)
    expect(standbyDown.attempts('protected', 27, 35)).toBeLessThan(0.1 * helpless.length)
    expect(standbyDown.attempts('plain', 27, 35)).toBeGreaterThan(5 * helpless.length)
    expect(answered(standbyDown.calls('protected', 37))).toBe(1)
  })

  it('failed-switch-over: a standby that is too small serves as many as it can, instead of nobody', async () => {
    const failed = await played('failed-switch-over')
    const after = [25, 50] as const
    expect(answered(failed.calls('plain', ...after))).toBeLessThan(0.1)
    // It can serve 100 of the 200 calls a second.
    expect(answered(failed.calls('protected', ...after))).toBeGreaterThan(0.45)
    expect(answered(failed.calls('protected', 55))).toBe(1)
  })

  it('sick-instance: an instance that fails for its own reasons opens its own circuit, and nobody else’s', async () => {
    const sick = await played('sick-instance')
    expect(sick.states('circuit').map(({ instance }) => instance)).toEqual(['web-1'])
    for (const healthy of ['web-2', 'web-3', 'web-4', 'web-5']) expect(answered(sick.calls(healthy))).toBe(1)
  })

  it('store-down: no call fails because the store is gone, slow or empty', async () => {
    const storeDown = await played('store-down')
    expect(storeDown.report.injections.map(({ id }) => id)).toEqual(['gone', 'slow', 'empty'])
    expect(answered(storeDown.calls('web'), 1_000)).toBe(1)
  })

  it('demo: the bare client fails in nearly half of its calls, the one with a standby in one of a hundred at most', async () => {
    const demo = await played('demo')
    expect(answered(demo.calls('bare'))).toBeLessThan(0.7)
    expect(answered(demo.calls('holdfast'))).toBeGreaterThan(0.99)
    expect(answered(demo.calls('holdfast', 22, 25))).toBe(1)
  })

  it('demo: its policies and phases are those of the gateway', () => {
    const { clients, durationMs, injections = [] } = namedScenario('demo')
    const place = parts.findIndex(({ kind }) => kind === 'retry') + 1
    const endpoints = {
      kind: 'endpoints',
      primary: [{ id: 'primary' }],
      standby: [{ id: 'standby' }],
      ...choice,
    }
    expect(clients['holdfast']?.pipeline).toEqual(parts.toSpliced(place, 0, endpoints as PartConfig))
    const faulty = schedule(durationMs / 1_000).filter(({ primary }) => primary !== 'healthy')
    const spans = injections
      .filter((injection) => 'target' in injection && injection.target === 'primary')
      .map((injection) => [injection.fromMs, 'toMs' in injection && injection.toMs])
    expect(spans).toEqual(faulty.map(({ startMs, endMs }) => [startMs, endMs]))
  })
})

describe('load', { timeout: 60_000 }, () => {
  it('step: four times the load from one second to the next is nobody’s loss while the service can carry it', async () => {
    const step = await played('step')
    expect(answered(step.calls('web'), 500)).toBeGreaterThan(0.999)
  })

  it('ramp: beyond its capacity a service with a limit at its door goes on at its capacity', async () => {
    const ramp = await played('ramp')
    const [plain, limited] = both.map((client) => answered(ramp.calls(client, 45), 500))
    expect(plain).toBeLessThan(0.05)
    // It can serve 250 of the 375 calls a second.
    expect(limited).toBeGreaterThan(0.6)
  })

  it('burst: who comes after it does not pay for it', async () => {
    const burst = await played('burst')
    const [plain, limited] = both.map((client) => answered(burst.calls(client, 18, 22), 300))
    expect(plain).toBeLessThan(0.2)
    expect(limited).toBeGreaterThan(0.98)
  })

  it('overload: a service with a limit at its door does what it can for as long as that lasts, one without answers nobody in time', async () => {
    const overload = await played('overload')
    const [plain, limited] = both.map((client) => answered(overload.calls(client, 12), 500))
    expect(plain).toBeLessThan(0.01)
    // It can serve 250 of the 350 calls a second.
    expect(limited).toBeGreaterThan(0.65)
  })

  it('retry-storm: three attempts each keep a service down long after its fault is over, the preset’s do not', async () => {
    const preset = standardWithTimeout(500)
    expect(namedScenario('retry-storm').clients['protected']?.pipeline).toEqual(preset)
    const storm = await played('retry-storm')
    expect(answered(storm.calls('plain', 31))).toBe(0)
    expect(answered(storm.calls('protected', 32))).toBe(1)
    expect(storm.attempts('protected', 20, 30)).toBeLessThan(0.4 * storm.calls('protected', 20, 30).length)
  })
})

describe('hot spots', { timeout: 60_000 }, () => {
  it('skewed-keys: one call for all who want the same keeps the partition of the most wanted key from drowning', async () => {
    const skewed = await played('skewed-keys')
    const [plain, single] = both.map((client) => answered(skewed.calls(client, 20), 250))
    expect(plain).toBeLessThan(0.75)
    expect(single).toBeGreaterThan(0.99)
    expect(skewed.attempts('protected')).toBeLessThan(0.9 * skewed.calls('protected').length)
  })

  it('hot-partition: with a limit for hot keys, calls for the other keys go on', async () => {
    const hot = await played('hot-partition')
    const others = both.map((client) =>
      answered(hot.calls(client, 17, 35).filter(({ key }) => key !== 'key-7')),
    )
    const [plain = 1, limited = 0] = others
    expect(plain).toBeLessThan(0.75)
    expect(limited).toBeGreaterThan(0.98)
  })

  it('hot-tenant: a rate for each tenant leaves the others as they were, and the big one its part', async () => {
    const tenant = await played('hot-tenant')
    const [plain, limited] = both.map((client) =>
      answered(
        tenant.calls(client, 12, 30).filter(({ key }) => key !== 'key-1'),
        300,
      ),
    )
    expect(plain).toBeLessThan(0.01)
    expect(limited).toBeGreaterThan(0.99)
    const big = tenant.calls('protected', 12, 30).filter(({ key }) => key === 'key-1')
    const perSecond = (answered(big) * big.length) / 18
    expect(perSecond).toBeGreaterThan(57)
    expect(perSecond).toBeLessThanOrEqual(60.5)
  })

  it('cache-stampede: what everybody wants is asked for once for each key', async () => {
    const stampede = await played('cache-stampede')
    expect(stampede.attempts('protected', 20, 50)).toBeLessThanOrEqual(50)
    expect(answered(stampede.calls('protected', 20), 1_000)).toBeGreaterThan(0.99)
    expect(stampede.attempts('plain', 20, 50)).toBeGreaterThan(500)
    expect(answered(stampede.calls('plain', 20), 1_000)).toBeLessThan(0.9)
  })
})

it('every scenario that comes with the simulator has its story here', () => {
  const stories = readFileSync(new URL(import.meta.url), 'utf8')
  expect(scenarioNames().filter((name) => !stories.includes(`played('${name}')`))).toEqual([])
})
