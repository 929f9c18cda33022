import { HoldfastConfigError, pipeline } from '@holdfast/core'
import type { Admission, Bulkhead, Pipeline } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Criticality } from './criticality.ts'
import { standardService } from './standard-service.ts'
import type { StandardServiceOptions } from './standard-service.ts'

let clock: VirtualClock
let admissions: (Admission | Promise<Admission>)[]

beforeEach(() => {
  clock = new VirtualClock()
  admissions = []
})

afterEach(async () => {
  await clock.advance(1_000)
  for (const admission of await Promise.all(admissions)) if (admission.admitted) admission.settle('cancelled')
  expect(clock.pending).toBe(0)
})

const serve = (options?: StandardServiceOptions): Pipeline =>
  pipeline('service', standardService(options), { clock })

function ask(door: Pipeline, criticality: Criticality, key?: string): Admission | Promise<Admission> {
  const admission = door.admit({ key, metadata: { criticality } })
  admissions.push(admission)
  return admission
}

// The part of that name is one.
const permitsOf = (door: Pipeline): Bulkhead => door.part('bulkhead') as Bulkhead

describe('the standard service', () => {
  it('sheds, bounds the time, and then the number, in this order', () => {
    const kinds = (options?: StandardServiceOptions) => standardService(options).map(({ kind }) => kind)
    expect(kinds()).toEqual(['load-shedding', 'timeout', 'bulkhead'])
    expect(kinds({ fair: true })).toEqual(['load-shedding', 'timeout', 'fair-share', 'bulkhead'])
  })

  it('keeps room from what can be shed for what cannot, and has it wait no longer than 100 ms', async () => {
    const door = serve()
    for (let asked = 0; asked < 20; asked++) void ask(door, 'sheddable')
    expect(permitsOf(door).statistics()).toMatchObject({ limit: 20, running: 18, waiting: 2 })
    for (let asked = 0; asked < 2; asked++) {
      expect(ask(door, 'critical')).toMatchObject({ admitted: true, call: { deadline: 10_000 } })
    }
    await clock.advance(101)
    expect(permitsOf(door).statistics()).toMatchObject({ running: 20, waiting: 0, rejected: 2 })
  })

  it('may have keys of which none takes all while others want in', async () => {
    const door = serve({ fair: true, durationMs: 2_000 })
    const [first] = Array.from({ length: 20 }, () => ask(door, 'critical', 'greedy'))
    const modest = ask(door, 'critical', 'modest')
    expect(await ask(door, 'critical', 'greedy')).toMatchObject({ error: { code: 'ERR_SHARE_EXCEEDED' } })
    if (first instanceof Promise || !first?.admitted) throw new Error('not admitted')
    first.settle({ value: 1 })
    expect(await modest).toMatchObject({ admitted: true, call: { deadline: 2_000 } })
  })

  it('is made anew each time, of options that make sense', () => {
    expect(standardService()[2]).not.toBe(standardService()[2])
    expect(() => standardService({ durationMs: 0 })).toThrow(HoldfastConfigError)
    expect(() => standardService({ limit: 5 } as never)).toThrow(
      /standardService: unknown option 'limit'; known are durationMs, fair/,
    )
  })
})
