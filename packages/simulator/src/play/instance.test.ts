import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { ClientRecord } from './client-record.ts'
import type { Ground } from '../ground.ts'
import { Instance } from './instance.ts'
import { lateClock } from './late-clock.ts'
import { Rate } from './rate.ts'
import { bareCaller, Requester } from '../services/requester.ts'
import type { Client } from '../scenario.ts'

it('a call that is made late counts from when it was due, and those that were due meanwhile are made with it', async () => {
  const clock = new VirtualClock()
  const ground = { clock: lateClock(clock, 30), send: () => Promise.resolve() } as Partial<Ground> as Ground
  const client: Client = { to: 'inventory', load: { kind: 'open', perSecond: 100, arrivals: 'regular' } }
  const random = seededRandom(1)
  const record = new ClientRecord(client, 1_000, 0)
  const requester = new Requester('web', client, ['inventory'], ground, random, bareCaller)
  const around = {
    ground,
    random,
    requester,
    record,
    keys: undefined,
    attempted: undefined,
    ended: undefined,
  }
  const instance = new Instance({ name: 'web', of: 'web', kind: client }, around)
  instance.open(new Rate([{ fromMs: 0, toMs: 1_000, first: 0.1, last: 0.1 }]), true, 1_000, 1)
  await clock.advance(39)
  expect(record.report().calls).toBe(0)
  await clock.advance(1)
  expect(record.report().calls, 'due at 10, 20, 30 and 40').toBe(4)
  expect(record.report().latencyMs).toMatchObject({ mean: 15, maximum: 30 })
  await clock.advance(2_000)
  expect(record.report().calls, 'none is due at the end itself').toBe(99)
})
