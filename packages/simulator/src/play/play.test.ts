import { expect, it } from 'vitest'
import type { AttemptReport, CallReport } from '../report.ts'
import type { Scenario } from '../scenario.ts'
import { simulate } from '../simulate.ts'

const hanging: Scenario = {
  name: 'hanging',
  durationMs: 10_000,
  services: { inventory: { serviceMs: 20 } },
  clients: {
    web: {
      to: 'inventory',
      load: { kind: 'open', perSecond: 50 },
      keys: { count: 20 },
      cache: { ttlMs: 500 },
      patienceMs: 300,
    },
    // Waits for ever.
    batch: { to: 'inventory', load: { kind: 'closed', callers: 1, thinkMs: 1_000 } },
  },
  injections: [{ kind: 'hang', target: 'inventory', fromMs: 5_000, toMs: 6_000 }],
}

it('every call is told of once when it has ended, and its attempts have its number', async () => {
  const calls: CallReport[] = []
  const attempts: AttemptReport[] = []
  const { clients } = await simulate(hanging, {
    onCall: (call) => calls.push(call),
    onAttempt: (attempt) => attempts.push(attempt),
  })
  const of = (instance: string): readonly CallReport[] => calls.filter((call) => call.instance === instance)
  const numbers = of('web').map(({ call }) => call)
  expect(numbers.toSorted((one, other) => one - other)).toEqual(numbers.map((_, place) => place + 1))
  expect(numbers.length).toBe(clients['web']?.calls)
  expect(of('web').filter(({ tookMs }) => tookMs === 0).length).toBe(clients['web']?.cached)
  expect(of('web').filter(({ outcome }) => outcome === 'ERR_GAVE_UP').length).toBe(clients['web']?.failed)
  expect(of('web').every(({ key }) => key?.startsWith('key-'))).toBe(true)
  expect(of('batch').at(-1)).toMatchObject({ key: undefined, outcome: 'ERR_NO_ANSWER' })
  const sent = attempts.filter(({ instance }) => instance === 'web')
  const ended = new Map(of('web').map((call) => [call.call, call]))
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.every(({ call, atMs }) => ended.get(call)?.atMs === atMs)).toBe(true)
})

it('callers who are refused in no time and do not think come to an end all the same', async () => {
  const { clients } = await simulate({
    name: 'spinning',
    durationMs: 100,
    services: { inventory: { serviceMs: 0 } },
    clients: { batch: { to: 'inventory', load: { kind: 'closed', callers: 2 } } },
    injections: [{ kind: 'down', target: 'inventory', fromMs: 50 }],
  })
  expect(clients['batch']).toMatchObject({ calls: 200, good: 100, failed: 100 })
})

it('a closed load has as many callers as it says, whatever other clients there are', async () => {
  const { clients } = await simulate({
    name: 'closed',
    durationMs: 10_000,
    services: { inventory: { serviceMs: 20 } },
    clients: {
      web: { to: 'inventory', instances: 3, load: { kind: 'open', perSecond: 1 } },
      batch: { to: 'inventory', instances: 2, load: { kind: 'closed', callers: 3 } },
      nightly: { to: 'inventory', load: { kind: 'closed', callers: 1 } },
    },
  })
  expect([clients['batch']?.calls, clients['nightly']?.calls], '50 calls a second for each').toEqual([
    1_500, 500,
  ])
})
