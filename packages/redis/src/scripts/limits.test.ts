import type { Reply, Request } from '@holdfast/core/protocol'
import { describe, expect, it } from 'vitest'
import { callOf } from '../scripts.ts'

const id = 'inventory/bulkhead'
const counted = { instance: 'one', sequence: 5 }
const slice = { type: 'slice', id, ...counted, limit: 10, want: 4, keep: 2, leaseMs: 3_000 } as const
const permit = { type: 'permit', id, action: 'renew', token: 't', limit: 10, leaseMs: 3_000 } as const
const limit = { type: 'limit', id, wanted: 2.5, least: 1, debt: 3, intervalUs: 0.1, toleranceUs: 50 } as const
const budget = { type: 'budget', id, ...counted, requests: 10, retries: 1, bucketMs: 1_000 } as const
const objects = ['b:inventory/circuit-breaker', `k:${id}`]
const beat = { type: 'heartbeat', instance: 'one', objects, leaving: true, aliveMs: 5_000 } as const
const list = { type: 'registry', aliveMs: 5_000 } as const

function decoded(request: Request, reply: unknown): Reply | undefined {
  return callOf('hf1', request).decode(reply)
}

/** A sound reply to each kind of request, and what becomes of it. */
const sound: readonly (readonly [Request, readonly unknown[], Reply])[] = [
  [slice, [4, 5, 3, 1], { type: 'slice', slice: 4, target: 5, members: 3, coarse: true }],
  [permit, [1, 0], { type: 'permit', granted: true, waitMs: 0 }],
  [limit, ['0.10000000000000001', 0], { type: 'limit', granted: 0.1, retryAfterMs: 0 }],
  [budget, [10, 1, 2], { type: 'budget', requests: 10, retries: 1, reporters: 2 }],
  [beat, [3, 2, 1], { type: 'heartbeat', instances: 3, objects: 2, full: true }],
  [list, [3, objects], { type: 'registry', instances: 3, objects }],
]

describe('requests of the limits', () => {
  it('carry their numbers in a fixed order', () => {
    expect(callOf('hf1', slice).args).toEqual(['one', 5, 10, 4, 2, 3_000])
    expect(callOf('hf1', permit).args).toEqual([1, 't', 10, 3_000])
    expect(callOf('hf1', limit).args).toEqual([2.5, 1, 3, 0.1, 50])
    expect(callOf('hf1', budget).args).toEqual(['one', 5, 10, 1, 1_000])
    expect(callOf('hf1', beat).args).toEqual(['one', 1, 5_000, ...objects])
    expect(callOf('hf1', list).args).toEqual(['hf1:{reg}:n', 'hf1:{reg}:m', 5_000])
  })

  it('name keys of one tag', () => {
    expect(callOf('hf1', slice).keys).toEqual([`hf1:{k:${id}}:h`, `hf1:{k:${id}}:z`])
    expect(callOf('hf1', permit).keys).toEqual([`hf1:{k:${id}}:t`])
    expect(callOf('hf1', limit).keys).toEqual([`hf1:{r:${id}}:g`])
    expect(callOf('hf1', budget).keys).toEqual([`hf1:{y:${id}}:c`, `hf1:{y:${id}}:i`])
    expect(callOf('hf1', beat).keys).toEqual(['hf1:{reg}:n', 'hf1:{reg}:m'])
    expect(callOf('hf1', list).keys).toEqual(['hf1:{reg}:o'])
  })
})

describe('replies of the limits', () => {
  it.each(sound)('to %o are what they stand for', (request, reply, expected) => {
    expect(decoded(request, reply)).toEqual(expected)
  })

  it.each(sound)('to %o are nothing where they are of another shape', (request, reply) => {
    for (const other of [null, undefined, 'OK', 7, {}, [], reply.slice(1), [...reply, 0]]) {
      expect(decoded(request, other)).toBeUndefined()
    }
    for (const [at, right] of reply.entries()) {
      for (const value of [-1, 0.5, NaN, 2 ** 53, 'x', null]) {
        expect(decoded(request, reply.with(at, value))).toBeUndefined()
      }
      if (typeof right === 'number') expect(decoded(request, reply.with(at, String(right)))).toBeUndefined()
    }
  })

  it('are nothing where a word has no such number, or more is given than was asked for', () => {
    expect(decoded(slice, [4, 5, 3, 2])).toBeUndefined()
    expect(decoded(permit, [2, 0])).toBeUndefined()
    expect(decoded(permit, [0, 3_001])).toBeUndefined()
    expect(decoded(limit, ['2.6', 0])).toBeUndefined()
    expect(decoded(limit, ['1e9', 0])).toBeUndefined()
    expect(decoded(beat, [3, 10_001, 0])).toBeUndefined()
    expect(decoded(beat, [3, 1, 2])).toBeUndefined()
  })

  it('of the registry leave out what is no name', () => {
    const names = ['k:b', 'no name', 'b:{x}', 7, 'b:a', `b:${'x'.repeat(129)}`]
    expect(decoded(list, [1, names])).toEqual({ type: 'registry', instances: 1, objects: ['b:a', 'k:b'] })
  })
})
