import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { lateClock } from '../play/late-clock.ts'
import { Replica } from './replica.ts'
import { simulate } from '../simulate.ts'
import type { Scenario, Service } from '../scenario.ts'

it('an answer that is given late takes no worker’s time: the next in line was begun when the worker was free', async () => {
  const clock = new VirtualClock()
  const kind = { workers: 1, serviceMs: 100 }
  const around = { clock: lateClock(clock, 30), random: seededRandom(1), stepMs: 1_000 }
  const replica = new Replica({ name: 'inventory', of: 'inventory', kind }, around)
  const answeredAt: number[] = []
  const ask = (): void => void replica.receive({ key: undefined, answer: () => answeredAt.push(clock.now()) })
  ask()
  ask()
  await clock.advance(115)
  ask()
  await clock.advance(500)
  expect(answeredAt).toEqual([130, 230, 330])
  ask()
  await clock.advance(120)
  ask()
  await clock.advance(500)
  expect(answeredAt.slice(3), 'who came after the worker was free is begun when it came').toEqual([745, 865])
})

it('a door with an empty list of guards is none', async () => {
  const asked = (inventory: Service): Scenario => ({
    name: 'asked',
    durationMs: 1_000,
    services: { inventory },
    clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 100 } } },
  })
  const service: Service = { workers: 1, serviceMs: 20 }
  expect(await simulate(asked({ ...service, guards: [] }))).toEqual(await simulate(asked(service)))
})
