import type { BreakerPolicy, Request } from '@holdfast/core/protocol'
import { describe, expect, it } from 'vitest'
import { callOf, scripts } from './scripts.ts'

const policy: BreakerPolicy = {
  version: 1,
  bucketMs: 1_000,
  minimumCalls: 20,
  failureRatio: 0.5,
  burstRatio: 0.9,
  openMs: 1_000,
  maximumOpenMs: 15_000,
  probes: 3,
  probeSuccesses: 2,
  probeLeaseMs: 5_000,
  quorumRatio: 0.1,
  quorumMinimum: 2,
  quorumMaximum: 20,
}
const claim = { epoch: 1_700_000_000_000, status: 'half-open', remainingMs: 7, openings: 2 } as const
const id = 'inventory/circuit-breaker'
const counts = { instance: 'one', sequence: 5, successes: 3, failures: 4, fleet: 6 }
const reports = [
  { token: 2, result: 'failed' },
  { token: 3, result: 'returned' },
] as const
const spoken = {
  name: 'inventory',
  state: 'shadow',
  forMs: 60_000,
  by: 'Ada',
  why: 'test',
  request: 'r',
} as const

const flush: Request = { type: 'flush', id, claim, ...counts, policy }
const probe: Request = { type: 'probe', id, claim, reports, wanted: 2, policy }
const look: Request = { type: 'look', id }
const control: Request = { type: 'control', id, ...spoken }

/** A reply of each kind that makes sense. */
const sound: Readonly<Record<string, readonly [Request, readonly unknown[]]>> = {
  flush: [flush, [1_700_000_000_001, 1, 500, 2, 3, 10, 20, 4, 1]],
  probe: [probe, [1_700_000_000_001, 2, 0, 2, 0, 4, 2, 5_000, 4_000, 1, 0]],
  look: [look, [0, 0, 0, 0, 1_700_000_000_001, 3, 60_000, 'Ada', 'test']],
  control: [control, [1_700_000_000_001, 3, 60_000]],
}
const kinds = Object.keys(sound)

function decoded(kind: string, change: (reply: unknown[]) => unknown): unknown {
  const [request, reply] = sound[kind] ?? [look, []]
  return callOf('hf1', request).decode(change([...reply]))
}

describe('a request', () => {
  it('names keys of one tag, so that a cluster keeps them on one node', () => {
    expect(callOf('hf1', flush).keys).toEqual(['c', 'i', 'v', 'p'].map((key) => `hf1:{b:${id}}:${key}`))
    expect(callOf('hf1', probe).keys).toEqual(callOf('hf1', flush).keys)
    expect(callOf('hf1', control).keys).toEqual(['o', 'a'].map((key) => `hf1:{b:${id}}:${key}`))
    expect(callOf('hf1', look)).toMatchObject({ keys: [`hf1:{b:${id}}:c`], args: [`hf1:{b:${id}}:o`] })
  })

  it('carries codes for words, and the same channel for one id', () => {
    const head = [
      id,
      'hf1:ev:10',
      1_700_000_000_000,
      2,
      7,
      2,
      '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
    ]
    expect(callOf('hf1', flush).args).toEqual([...head, 'one', 5, 3, 4, 6])
    expect(callOf('hf1', probe).args).toEqual([...head, 2, 2, 1, 3, 3])
    expect(callOf('hf1', control).args).toEqual([id, 'hf1:ev:10', 3, 60_000, 'Ada', 'test', 'inventory', 'r'])
  })

  it('spreads over sixteen channels', () => {
    const ids = Array.from({ length: 1_000 }, (_, each) => `service-${each}`)
    const channels = new Set(ids.map((each) => callOf('hf1', { ...control, id: each }).args[1]))
    expect(channels.size).toBe(16)
  })

  it('is for a script that has a text, which says what it does', () => {
    for (const kind of kinds) expect(scripts[kind]).toMatch(/^-- .*\n--\n[\s\S]*\n-- returns {2}/m)
  })
})

describe('a reply', () => {
  it('is what its numbers stand for', () => {
    expect(decoded('flush', (reply) => reply)).toEqual({
      type: 'flush',
      epoch: 1_700_000_000_001,
      status: 'open',
      remainingMs: 500,
      openings: 2,
      dropped: 'duplicate',
      successes: 10,
      failures: 20,
      reporters: 4,
      outdated: true,
    })
    expect(decoded('probe', (reply) => reply)).toMatchObject({
      status: 'half-open',
      firstToken: 4,
      tokens: 2,
      expired: 1,
    })
    expect(decoded('look', (reply) => reply)).toMatchObject({
      override: { state: 'shadow', by: 'Ada', why: 'test' },
    })
    expect(decoded('control', (reply) => reply)).toMatchObject({ state: 'shadow', remainingMs: 60_000 })
  })

  it.each(kinds)('of %s is nothing where it is no list of the right length', (kind) => {
    const wrong = [null, undefined, 'OK', 7, {}, [], new Error('no')]
    for (const reply of wrong) expect(decoded(kind, () => reply)).toBeUndefined()
    expect(decoded(kind, (reply) => reply.slice(1))).toBeUndefined()
    expect(decoded(kind, (reply) => [...reply, 0])).toBeUndefined()
  })

  it.each(kinds)('of %s is nothing where one of its numbers is none, or out of bounds', (kind) => {
    const numbers = (sound[kind]?.[1] ?? []).filter((value) => typeof value === 'number').length
    for (let at = 0; at < numbers; at++) {
      for (const value of [-1, 0.5, NaN, 2 ** 53, '1', null, [1], 1n]) {
        expect(decoded(kind, (reply) => reply.with(at, value))).toBeUndefined()
      }
    }
  })

  it('is nothing where a code stands for no word, or a time is longer than a day', () => {
    for (const kind of ['flush', 'probe', 'look']) {
      expect(decoded(kind, (reply) => reply.with(1, 3))).toBeUndefined()
      expect(decoded(kind, (reply) => reply.with(2, 86_400_001))).toBeUndefined()
    }
    expect(decoded('flush', (reply) => reply.with(4, 5))).toBeUndefined()
    expect(decoded('probe', (reply) => reply.with(4, 5))).toBeUndefined()
    expect(decoded('look', (reply) => reply.with(5, 4))).toBeUndefined()
    expect(decoded('look', (reply) => reply.with(6, 86_400_001))).toBeUndefined()
    expect(decoded('control', (reply) => reply.with(1, 4))).toBeUndefined()
    expect(decoded('control', (reply) => reply.with(2, 86_400_001))).toBeUndefined()
  })

  it('is nothing where more probes are given than were asked for', () => {
    expect(decoded('probe', (reply) => reply.with(6, 3))).toBeUndefined()
  })

  it('keeps the beginning of what an operator wrote at length, and nothing that is no text', () => {
    const long = decoded('look', (reply) => reply.with(8, 'y'.repeat(10_000)))
    expect(long).toMatchObject({ override: { why: 'y'.repeat(1_000) } })
    expect(decoded('look', (reply) => reply.with(7, null))).toBeUndefined()
    expect(decoded('look', (reply) => reply.with(8, 5))).toBeUndefined()
  })
})
