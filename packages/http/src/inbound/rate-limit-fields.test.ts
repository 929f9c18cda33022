import { bulkhead, keyed, pipeline, rateLimit } from '@holdfast/core'
import type { RateLimitOptions } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { FakeRequest, FakeResponse } from './fake-exchange.ts'
import { inbound } from './inbound.ts'
import type { Admitting, Inbound } from './inbound.ts'
import type { InboundOptions } from './options.ts'
import type { RefusedError } from './refused-error.ts'

class AnnouncingResponse extends FakeResponse {
  readonly fields: Record<string, string> = {}
  headersSent = false

  setHeader(name: string, value: string): void {
    this.fields[name] = value
  }
}

type Door = Inbound<FakeRequest, AnnouncingResponse>

function doorOf(guards: readonly Admitting[], options: InboundOptions<FakeRequest> = {}): Door {
  return inbound('door', guards, () => {}, { clock: new VirtualClock(), random: () => 0, ...options })
}

async function fieldsOf(door: Door, url: string = '/'): Promise<Readonly<Record<string, string>>> {
  const response = new AnnouncingResponse()
  const entry = await door.admit(new FakeRequest({}, url), response, response)
  response.answer(200)
  return 'error' in entry ? (entry.error as RefusedError).headers : response.fields
}

const limited = (options: RateLimitOptions): Door => doorOf([rateLimit(options)])

describe('the fields of a rate limit', () => {
  it('are on every answer', async () => {
    const door = limited({ limit: 2, intervalMs: 60_000 })
    const policy = { 'ratelimit-policy': '"rate-limit";q=2;w=60' }
    expect(await fieldsOf(door)).toEqual({ ...policy, ratelimit: '"rate-limit";r=1' })
    expect(await fieldsOf(door)).toEqual({ ...policy, ratelimit: '"rate-limit";r=0;t=30' })
    expect(await fieldsOf(door)).toMatchObject({
      ...policy,
      ratelimit: '"rate-limit";r=0;t=30',
      'retry-after': '30',
    })
  })

  it.each<[RateLimitOptions, string]>([
    [{ limit: 10, intervalMs: 500 }, '"rate-limit";q=20;w=1'],
    [{ limit: 0.1, intervalMs: 1_000 }, '"rate-limit";q=1;w=10'],
    [{ limit: 3, intervalMs: 1_500 }, '"rate-limit";q=4;w=2'],
    [{ limit: 1e20 }, '"rate-limit";q=999999999999999;w=1'],
    [{ limit: 5, name: 'a "b" \\ é' }, '"a \\"b\\" \\\\ _";q=5;w=1'],
  ])('of %o say %s', async (options, policy) => {
    expect(await fieldsOf(limited(options))).toMatchObject({ 'ratelimit-policy': policy })
  })

  it('list all limits, and with a refusal the one that refused', async () => {
    const door = doorOf([
      rateLimit({ name: 'burst', limit: 1, intervalMs: 1_000 }),
      rateLimit({ name: 'daily', limit: 100, intervalMs: 86_400_000 }),
    ])
    expect(await fieldsOf(door)).toEqual({
      'ratelimit-policy': '"burst";q=1;w=1, "daily";q=100;w=86400',
      ratelimit: '"burst";r=0;t=1, "daily";r=99',
    })
    expect(await fieldsOf(door)).toMatchObject({ ratelimit: '"burst";r=0;t=1', 'retry-after': '1' })
  })

  it('are those of the caller where each has a limit of its own', async () => {
    const door = doorOf([keyed(() => [rateLimit({ limit: 1, intervalMs: 2_000 })])], {
      key: ({ url }) => url,
    })
    expect(await fieldsOf(door, '/a')).toMatchObject({ ratelimit: '"rate-limit";r=0;t=2' })
    expect(await fieldsOf(door, '/a')).toMatchObject({
      ratelimit: '"rate-limit";r=0;t=2',
      'retry-after': '2',
    })
    expect(await fieldsOf(door, '/b')).toEqual({
      'ratelimit-policy': '"rate-limit";q=1;w=2',
      ratelimit: '"rate-limit";r=0;t=2',
    })
  })

  it('tell of limits inside pipelines, and inside what each caller has', async () => {
    const inner = pipeline('inner', [rateLimit({ name: 'all', limit: 5 })], { clock: new VirtualClock() })
    const each = keyed(() => [rateLimit({ name: 'each', limit: 3 })])
    expect(await fieldsOf(doorOf([inner, each], { key: ({ url }) => url }))).toMatchObject({
      'ratelimit-policy': '"all";q=5;w=1, "each";q=3;w=1',
    })
  })

  it('tell of what is only watched only when it is enforced', async () => {
    const limit = rateLimit({ limit: 1, intervalMs: 2_000, mode: 'shadow' })
    const door = doorOf([limit, rateLimit({ name: 'off', limit: 1, mode: 'off' })])
    expect(await fieldsOf(door)).toEqual({})
    door.pipeline.update('rate-limit', { mode: 'enforce' })
    expect(await fieldsOf(door)).toMatchObject({ 'ratelimit-policy': '"rate-limit";q=1;w=2' })
  })

  it('come with the name of the limit in the problem details', async () => {
    const door = limited({ limit: 1, name: 'a "b" é' })
    const bodies = Array.from({ length: 2 }, () => {
      const response = new AnnouncingResponse()
      const entry = door.admit(new FakeRequest(), response, response)
      return 'error' in entry ? JSON.parse((entry.error as RefusedError).body) : undefined
    })
    expect(bodies[1]).toMatchObject({ code: 'ERR_RATE_LIMITED', 'violated-policies': ['a "b" _'] })
  })

  it('are those in force now, whoever was told of others before', async () => {
    const limitOf: Readonly<Record<string, number>> = { '/a': 1, '/b': 2 }
    const parts = keyed((key) => [rateLimit({ limit: limitOf[key] ?? 3, intervalMs: 60_000 })])
    const door = doorOf([parts], { key: ({ url }) => url })
    for (const [url, quota] of [
      ['/a', 1],
      ['/b', 2],
      ['/a', 1],
    ] as const)
      expect(await fieldsOf(door, url)).toMatchObject({ 'ratelimit-policy': `"rate-limit";q=${quota};w=60` })
    parts.updatePart('rate-limit', { limit: 7 })
    expect(await fieldsOf(door, '/a')).toMatchObject({ 'ratelimit-policy': '"rate-limit";q=7;w=60' })
  })

  it('are left out on request, where there is no limit, and where the answer has begun', async () => {
    expect(await fieldsOf(doorOf([rateLimit({ limit: 2 })], { rateLimitFields: false }))).toEqual({})
    expect(await fieldsOf(doorOf([bulkhead()]))).toEqual({})
    const response = new AnnouncingResponse()
    response.headersSent = true
    limited({ limit: 2 }).admit(new FakeRequest(), response, response)
    expect(response.fields).toEqual({})
  })
})
