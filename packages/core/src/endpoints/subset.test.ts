import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { endpoints, pipeline, pipelineFrom, retry } from '../index.ts'
import type { Call, Endpoint, Endpoints, EndpointsOptions, Pipeline, PipelineConfig } from '../index.ts'
import { hash } from './hash.ts'
import { subsetOf } from './subset.ts'

const many = (prefix: string, count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, place) => ({ id: `${prefix}${place}` }))
const [primary, standby] = [many('p', 10), many('s', 5)]
const subset = { key: 'stock-0', size: 3 }
const idsOf = (group: readonly Endpoint[]): readonly string[] => group.map(({ id }) => id)
const inUse = (choice: Endpoints): readonly string[] => idsOf(choice.statistics().endpoints)
const [used, usedLater] = [primary, standby].map((group) => idsOf(subsetOf(group, subset))) as [
  readonly string[],
  readonly string[],
]
const spare = idsOf(primary).filter((id) => !used.includes(id))

const at = (call: Call): string => call.endpoint?.id ?? 'nowhere'

/** Ejects at the first failure; nothing else changes by time. */
const touchy: EndpointsOptions = {
  primary,
  standby,
  subset,
  balance: 'round-robin',
  ejection: { consecutiveFailures: 1 },
  slowStartMs: 0,
}

describe('a subset', () => {
  const make = (choice: Endpoints, clock = new VirtualClock()): Pipeline =>
    pipeline('test', [choice], { clock, random: seededRandom(1) })
  const fail = (service: Pipeline) =>
    service.executeOutcome((call) => {
      throw new Error(`${at(call)} is down`)
    })

  it('of each group is all that calls go to: of the primary’s, and of the standby’s when those are down', async () => {
    const choice = endpoints({ ...touchy, panicRatio: 0 })
    const service = make(choice)
    expect(inUse(choice)).toEqual([...used, ...usedLater])
    const went = new Set<string>()
    for (let call = 0; call < 30; call++) went.add(await service.execute(at))
    expect([...went].toSorted()).toEqual(used.toSorted())
    for (const _ of used) await fail(service)
    expect(choice.statistics().group).toBe(1)
    expect(usedLater).toContain(await service.execute(at))
  })

  it('is the whole of a group that is not larger', () => {
    const choice = endpoints({ primary, standby, subset: { key: 'stock-0', size: 5 } })
    expect(
      inUse(choice)
        .filter((id) => id.startsWith('s'))
        .toSorted(),
    ).toEqual(idsOf(standby))
    expect(inUse(choice).filter((id) => id.startsWith('p'))).toHaveLength(5)
  })

  it('has no place for what weighs nothing', () => {
    const drained = primary.map(({ id }) => ({ id, weight: id === used[0] ? 0 : 1 }))
    const [, second, third] = used
    expect(inUse(endpoints({ primary: drained, subset })).slice(0, 2)).toEqual([second, third])
  })

  it('is chosen of all that come and go, and what is known of those that stay stays', async () => {
    const [first = '', second = ''] = used
    const choice = endpoints({ ...touchy, standby: [] })
    const service = make(choice)
    await fail(service)
    expect(choice.statistics().endpoints[0]).toMatchObject({ id: first, state: 'ejected' })
    choice.remove(second)
    expect(choice.statistics().endpoints[0]).toMatchObject({ id: first, state: 'ejected' })
    expect(inUse(choice)).toHaveLength(3)
    expect(inUse(choice)).not.toContain(second)
    choice.add({ id: second })
    expect(inUse(choice)).toEqual(used)
    const [ignored = ''] = spare
    choice.remove(ignored)
    expect(inUse(choice)).toEqual(used)
    expect(() => choice.add({ id: spare[1] as string })).toThrow('different ids')
    service.update('endpoints', { subset: false })
    expect(inUse(choice)).toHaveLength(9)
    expect(choice.statistics().endpoints.find(({ id }) => id === first)).toMatchObject({ state: 'ejected' })
  })

  it('is what shares of endpoints are of', async () => {
    const limited = { consecutiveFailures: 1, maximumEjectedRatio: 0.5 }
    const choice = endpoints({ ...touchy, standby: [], ejection: limited })
    const service = make(choice)
    await fail(service)
    expect(choice.statistics().panic).toBe(false)
    await fail(service)
    const ejected = choice.statistics().endpoints.filter(({ state }) => state === 'ejected')
    expect(ejected).toHaveLength(1)
    expect(choice.statistics().panic).toBe(true)
  })

  it('is all that is checked', async () => {
    const clock = new VirtualClock()
    const checked = new Set<string>()
    const check = ({ id }: Endpoint): void => void checked.add(id)
    const choice = endpoints({ primary, standby, subset, healthCheck: { check, idleMs: 20_000 } })
    await make(choice, clock).execute(at)
    await clock.advance(60_000)
    expect([...checked].toSorted()).toEqual([...used, ...usedLater].toSorted())
    expect(clock.pending).toBe(0)
  })

  it('of one leaves nowhere else to go: a retry inside is right then', () => {
    const one = { key: 'stock-0', size: 1 }
    const make = (choice: Endpoints): Pipeline => pipeline('test', [choice, retry()])
    expect(() => make(endpoints({ primary, subset: one }))).not.toThrow()
    expect(() => make(endpoints({ primary, subset }))).toThrow('runs again at the same endpoint')
  })

  it('can be written as data', () => {
    const config: PipelineConfig = { name: 'test', parts: [{ kind: 'endpoints', primary, subset }] }
    const copy = JSON.parse(JSON.stringify(config)) as PipelineConfig
    expect(pipelineFrom(copy).describe().parts[0]).toMatchObject({ primary, subset })
  })

  it.each([
    [{ size: 3 }, 'endpoints.subset: key must be given: a string that no other instance has'],
    [{ key: 'a' }, 'endpoints.subset: size must be given: how many endpoints of each group are used'],
    [{ key: '', size: 3 }, 'endpoints.subset: key must be a string that is not empty, not ""'],
    [{ key: 'a', size: 0 }, 'endpoints.subset: size must be an integer of at least 1, not 0'],
    [3, 'endpoints: subset must be an object or false, not 3'],
  ])('must have a key and a size: %j is refused', (wrong, message) => {
    expect(() => endpoints({ primary, subset: wrong as never })).toThrow(message)
  })

  it('is the same in whatever order even where two endpoints score the same', () => {
    const key = 'k'
    const twins = [{ id: '73921' }, { id: '156826' }]
    expect(new Set(twins.map(({ id }) => hash(id, hash(key, 0)))).size).toBe(1)
    expect(subsetOf(twins.toReversed(), { key, size: 1 })).toEqual(subsetOf(twins, { key, size: 1 }))
  })
})

describe('the hash', () => {
  // The bytes are those of the text in UTF-32, little-endian.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['\0', 0, 0x2362f9de],
    ['10.0.0.1:8080', 42, 3_168_809_347],
    ['ü€', 7, 2_556_154_509],
  ])('of %j with the seed %i is that of MurmurHash3', (text, seed, expected) => {
    expect(hash(text, seed)).toBe(expected)
  })
})
