import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import type { Scenario } from '../scenario.ts'
import { playReal } from './play-real.ts'

/** All processes that the test has started. */
let children: ChildProcess[]

beforeEach(() => {
  children = []
  const started = (message: unknown): void =>
    void children.push((message as { readonly process: ChildProcess }).process)
  subscribe('child_process', started)
  onTestFinished(() => void unsubscribe('child_process', started))
})

const shop: Scenario = {
  name: 'shop',
  durationMs: 1_500,
  services: {
    shop: { replicas: 2, serviceMs: 5, calls: [{ to: 'stock' }] },
    stock: { serviceMs: 5, workers: 4 },
  },
  clients: {
    web: {
      to: 'shop',
      load: { kind: 'open', perSecond: 100, arrivals: 'regular' },
      keys: { count: 10 },
      pipeline: [{ kind: 'timeout', durationMs: 1_000 }],
    },
  },
}

it('plays services that ask others, and reports what came of it as a simulation does', async () => {
  const report = await playReal(shop)
  expect(report).toMatchObject({ scenario: 'shop', ground: 'real', seed: 1 })
  expect(report.clients['web']).toMatchObject({ calls: 149, good: 149 })
  expect(report.clients['web']?.latencyMs?.p50).toBeGreaterThanOrEqual(10)
  const { 'shop-1': one, 'shop-2': other, stock } = report.replicas
  expect((one?.answered ?? 0) + (other?.answered ?? 0)).toBe(149)
  expect(stock).toMatchObject({ service: 'stock', requests: 149, answered: 149 })
})

it('tells a service what is wrong with it, while that lasts', async () => {
  const report = await playReal({
    ...shop,
    injections: [{ kind: 'errors', target: 'stock', ratio: 1, fromMs: 500, toMs: 1_000 }],
  })
  const { good = 0, failed = 0, errors } = report.clients['web'] ?? {}
  expect(good + failed).toBe(149)
  expect(Object.keys(errors ?? {})).toEqual(['ERR_STATUS_502'])
  expect(report.replicas['stock']?.failed).toBe(failed)
  expect(failed).toBeGreaterThan(25)
  expect(failed).toBeLessThan(75)
})

it('leaves no process', async () => {
  await playReal({ ...shop, durationMs: 100 })
  expect(children).toHaveLength(3)
  expect(children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)).toBe(true)
})

it('rejects when a process is lost, and leaves none of the others', async () => {
  const run = playReal(shop, { onProgress: (ratio) => void (ratio === 0.5 && children[1]?.kill('SIGKILL')) })
  await expect(run).rejects.toThrow(/the process of \S+ has ended \(SIGKILL\)/)
  expect(children).toHaveLength(3)
  expect(children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)).toBe(true)
})

it('ends a run in which more requests wait for answers than one machine should hold', async () => {
  const hung: Scenario = {
    name: 'hung',
    durationMs: 20_000,
    services: { stock: { serviceMs: 5 } },
    clients: { web: { to: 'stock', load: { kind: 'open', perSecond: 500 } } },
    injections: [{ kind: 'hang', target: 'stock', fromMs: 0 }],
  }
  await expect(playReal(hung)).rejects.toThrow('more than 2000 requests under way at once')
  expect(children).toHaveLength(1)
})

it('refuses a scenario that makes no sense, or is too much, before anything is started', async () => {
  await expect(playReal({ ...shop, durationMs: -1 })).rejects.toThrow('durationMs: expected')
  await expect(playReal({ ...shop, durationMs: 200_000 })).rejects.toThrow('real time')
  expect(children).toEqual([])
})
