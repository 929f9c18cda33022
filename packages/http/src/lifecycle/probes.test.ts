import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { bulkhead, circuitBreaker, endpoints, fallback, pipeline } from '@holdfast/core'
import type { Endpoint } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ProbeRequest } from './answer.ts'
import { lifecycle } from './lifecycle.ts'
import { eventually, serve } from './live-service.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

const quiet = { 'cache-control': 'no-store', 'content-type': 'application/json' }

describe('liveness', () => {
  it('depends on nothing', async () => {
    const fail = (): never => {
      throw new Error('the database is away')
    }
    const service = await serve({ clock, ready: fail })
    const answer = await service.get('/livez')
    expect(answer).toMatchObject({ status: 200, body: '{"status":"alive"}', headers: quiet })
  })
})

describe('readiness', () => {
  it('is there when the server listens', async () => {
    const service = await serve({ clock })
    const answer = await service.get('/readyz')
    expect(answer).toMatchObject({ status: 200, body: '{"status":"ready"}', headers: quiet })
  })

  it('is not there before, which a server for probes alone can tell', async () => {
    const { readiness } = lifecycle(createServer(), { clock })
    const probes = await serve({ clock }, readiness)
    expect(await probes.get('/')).toMatchObject({
      status: 503,
      body: '{"status":"not ready"}',
      headers: quiet,
    })
  })

  it.each([
    ['true', () => true, 200],
    ['nothing', () => {}, 200],
    ['a promise of nothing', () => Promise.resolve(), 200],
    ['false', () => false, 503],
    ['a promise of false', () => Promise.resolve(false), 503],
    ['a promise that rejects', () => Promise.reject(new Error('secret')), 503],
    [
      'an error',
      () => {
        throw new Error('secret')
      },
      503,
    ],
  ])('asked of the user, who says %s, is as it should be', async (_name, ready, status) => {
    const service = await serve({ clock, ready })
    const answer = await service.get('/readyz')
    expect(answer.status).toBe(status)
    expect(answer.body).not.toContain('secret')
    expect(clock.pending).toBe(0)
  })

  it('is not there when the user does not answer within a second; probes meanwhile ask no second time', async () => {
    let asked = 0
    let says: (ready: boolean) => void = () => {}
    const ready = (): Promise<boolean> => {
      asked++
      return new Promise((resolve) => (says = resolve))
    }
    const service = await serve({ clock, ready })
    const before = service.get('/readyz')
    await eventually(() => asked === 1)
    const meanwhile = service.get('/readyz', {}, false)
    await clock.advance(999)
    await eventually(() => service.requests === 2)
    await clock.advance(1)
    expect([(await before).status, (await meanwhile).status]).toEqual([503, 503])
    expect(asked).toBe(1)
    const later = service.get('/readyz')
    await eventually(() => asked === 2)
    says(true)
    expect((await later).status).toBe(200)
  })

  it('is not there any more when the drain begins while the user is asked', async () => {
    let says: ((ready: boolean) => void) | undefined
    const ready = (): Promise<boolean> => new Promise((resolve) => (says = resolve))
    const service = await serve({ clock, ready })
    const answer = service.get('/readyz')
    await eventually(() => says !== undefined)
    void service.life.drain()
    says?.(true)
    expect((await answer).status).toBe(503)
  })
})

describe('status', () => {
  const token = Buffer.from('let me in')
  const allow = ({ headers }: ProbeRequest): boolean => {
    const given = Buffer.from(headers.authorization ?? '')
    return given.length === token.length && timingSafeEqual(given, token)
  }
  const authorization = token.toString()

  it('is off unless somebody may see it', async () => {
    const service = await serve({ clock })
    const answer = await service.get('/status')
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Not Found', status: 404 })
  })

  it.each([
    ['is not allowed', allow],
    ['is allowed by something that is not true', () => 'yes'],
    ['cannot be checked', () => Promise.reject(new Error('secret'))],
  ])('tells one who %s nothing', async (_name, check) => {
    const service = await serve({
      clock,
      status: { allow: check, pipelines: [pipeline('inventory', [bulkhead()])] },
    })
    const answer = await service.get('/status', { authorization: 'let me' })
    expect(answer.status).toBe(403)
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    })
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Forbidden', status: 403 })
  })

  it('shows the parts of the pipelines, the requests and the scopes', async () => {
    const breaker = circuitBreaker()
    breaker.override('open', { reason: 'maintenance' })
    const inner = pipeline('inner', [bulkhead({ limit: 7 })], { clock })
    const inventory = pipeline('inventory', [breaker, inner], { clock })
    const scopes = { open: 3, abort() {} }
    const service = await serve({ clock, scopes, status: { allow, pipelines: [inventory] } })
    const answer = await service.get('/status', { authorization })
    expect(answer).toMatchObject({ status: 200, headers: quiet })
    expect(JSON.parse(answer.body)).toMatchObject({
      phase: 'serving',
      requests: 1,
      scopes: 3,
      pipelines: [
        {
          name: 'inventory',
          parts: [
            {
              kind: 'circuit-breaker',
              options: { failureRatio: 0.5, window: { type: 'time' } },
              statistics: {
                state: 'closed',
                calls: 0,
                override: { state: 'open', reason: 'maintenance', until: null },
              },
            },
            { name: 'bulkhead', options: { limit: 7 }, statistics: { running: 0 } },
          ],
        },
      ],
    })
  })

  it('shows what there is where a part of the user’s own fails to tell', async () => {
    const fail = (): never => {
      throw new Error('secret')
    }
    const own = { kind: 'own', name: 'own', admit: () => 0, describe: fail, statistics: fail }
    const inventory = pipeline('inventory', [own, bulkhead()], { clock })
    const service = await serve({ clock, status: { allow, pipelines: [inventory] } })
    const answer = await service.get('/status', { authorization })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body).pipelines[0].parts).toMatchObject([
      { kind: 'own', name: 'own' },
      { name: 'bulkhead', statistics: { running: 0 } },
    ])
    expect(answer.body).not.toContain('secret')
  })

  it.each([
    ['in order', (all: readonly Endpoint[]) => fallback({ endpoints: all })],
    [
      'by health',
      ([first, ...standby]: readonly Endpoint[]) =>
        endpoints({ primary: first === undefined ? [] : [first], standby }),
    ],
  ])('shows each endpoint chosen %s by its id, and not where it is', async (_name, choice) => {
    const url = 'https://user:secret@a.example/?token=secret'
    const all = [{ id: 'primary', url, trust: 'secret' }, { id: 'standby' }]
    const breaker = circuitBreaker({ minimumCalls: 1, burst: false })
    const inventory = pipeline('inventory', [choice(all), breaker], { clock })
    await inventory.executeOutcome(({ endpoint }) => {
      if (endpoint?.id === 'primary') throw new Error('secret')
    })
    const service = await serve({ clock, status: { allow, pipelines: [inventory] } })
    const { body } = await service.get('/status', { authorization })
    expect(body).not.toContain('secret')
    const [, circuit] = JSON.parse(body).pipelines[0].parts
    expect(circuit.endpoints).toMatchObject({ primary: { state: 'open' }, standby: { state: 'closed' } })
  })
})
