import { bulkhead, HoldfastConfigError, retry } from '@holdfast/core'
import type { Bulkhead, Guard } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import fastify from 'fastify'
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { describe, expect, it } from 'vitest'
import { protect } from './protect.ts'
import type { Protection } from './protect.ts'

/** Nothing is admitted. */
const closed = (): Bulkhead => bulkhead({ limit: 0 })

const ok: RouteHandlerMethod = (_request, reply) => reply.send(currentScope()?.name ?? 'no scope')

async function statusOf(app: FastifyInstance, url: string): Promise<number> {
  return (await app.inject(url)).statusCode
}

/** Counts how often it is asked. */
function counter(): Guard & { asked: number } {
  const guard = { kind: 'counter', name: 'counter', asked: 0, admit: () => ++guard.asked }
  return guard
}

describe('it guards', () => {
  it('routes that were declared before it and after it', async () => {
    const app = fastify()
    app.get('/before', ok)
    app.register(protect('door', [closed()]))
    app.get('/after', ok)
    expect([await statusOf(app, '/before'), await statusOf(app, '/after')]).toEqual([503, 503])
  })

  it('routes of plugins that were registered before it and after it', async () => {
    const app = fastify()
    app.register(async (inside) => void inside.get('/before', ok))
    app.register(protect('door', [closed()]))
    app.register(async (inside) => void inside.get('/after', ok))
    expect([await statusOf(app, '/before'), await statusOf(app, '/after')]).toEqual([503, 503])
  })

  it('what lies inside the plugin that registers it, and nothing else', async () => {
    const app = fastify()
    app.register(async (admin) => {
      admin.register(protect('admin', [closed()]))
      admin.get('/admin', ok)
      admin.register(async (inside) => void inside.get('/admin/inside', ok))
    })
    app.get('/shop', ok)
    const statuses = await Promise.all(['/admin', '/admin/inside', '/shop'].map((url) => statusOf(app, url)))
    expect(statuses).toEqual([503, 503, 200])
  })

  it('what nobody handles', async () => {
    const app = fastify()
    app.register(protect('door', [closed()]))
    expect(await statusOf(app, '/nowhere')).toBe(503)
  })

  it('no route that says so, wherever that is declared', async () => {
    const app = fastify()
    app.get('/before', { config: { protect: false } }, ok)
    app.register(protect('door', [closed()]))
    app.get('/after', { config: { protect: false } }, ok)
    expect((await app.inject('/before')).body).toBe('no scope')
    expect((await app.inject('/after')).body).toBe('no scope')
  })

  it('no probe', async () => {
    const app = fastify()
    app.register(protect('door', [closed()]))
    app.get('/livez', ok)
    expect((await app.inject('/livez?verbose')).body).toBe('no scope')
  })
})

describe('how much a request matters', () => {
  const criticality: RouteHandlerMethod = (_request, reply) => reply.send(currentScope()?.criticality)

  it('is what its route says, else what the plugin says', async () => {
    const app = fastify()
    app.register(protect('door', [bulkhead()], { criticality: 'sheddable-plus' }))
    app.get('/reports', { config: { protect: { criticality: 'sheddable' } } }, criticality)
    app.get('/', criticality)
    expect((await app.inject('/reports')).body).toBe('sheddable')
    expect((await app.inject('/')).body).toBe('sheddable-plus')
  })

  it('is what its caller says, where that is trusted', async () => {
    const app = fastify()
    app.register(protect('door', [bulkhead()], { trust: true }))
    app.get('/', { config: { protect: { criticality: 'sheddable' } } }, criticality)
    const headers = { 'holdfast-criticality': 'critical-plus' }
    expect((await app.inject({ url: '/', headers })).body).toBe('critical-plus')
    expect((await app.inject('/')).body).toBe('sheddable')
  })
})

describe('several of them', () => {
  it('in one app each ask about a request, and the inner is its scope', async () => {
    const [outer, inner] = [counter(), counter()]
    const app = fastify()
    app.register(protect('outer', [outer]))
    app.register(async (inside) => {
      inside.register(protect('inner', [inner]))
      inside.get('/inside', ok)
    })
    app.get('/', ok)
    expect((await app.inject('/')).body).toBe('outer')
    expect((await app.inject('/inside')).body).toBe('inner')
    expect([outer.asked, inner.asked]).toEqual([2, 1])
  })

  it('on one instance do not disturb each other', async () => {
    const guards = [counter(), counter()]
    const app = fastify()
    for (const [index, guard] of guards.entries()) app.register(protect(`door-${index}`, [guard]))
    app.get('/', ok)
    expect((await app.inject('/')).body).toBe('door-1')
    expect(guards.map(({ asked }) => asked)).toEqual([1, 1])
  })

  const registrations: readonly (readonly [string, (app: FastifyInstance, door: Protection) => unknown])[] = [
    ['on one instance', (app, door) => app.register(door).register(door).get('/', ok)],
    [
      'around and then inside',
      (app, door) => app.register(door).register(async (inside) => inside.register(door).get('/', ok)),
    ],
    [
      'inside and then around',
      (app, door) => app.register(async (inside) => inside.register(door).get('/', ok)).register(door),
    ],
  ]

  it.each(registrations)('that are one, registered %s, ask once', async (_where, register) => {
    const guard = counter()
    const app = fastify()
    register(app, protect('door', [guard]))
    expect((await app.inject('/')).body).toBe('door')
    expect(guard.asked).toBe(1)
  })
})

describe('its options', () => {
  it('are checked when it is made', () => {
    expect(() => protect('door', [bulkhead(), retry()] as never)).toThrow(HoldfastConfigError)
    expect(() => protect('door', [bulkhead()], { key: 'x' as never })).toThrow(/key must be a function/)
  })

  it('tell whom a request counts for', async () => {
    const keys: unknown[] = []
    const spy: Guard = { kind: 'spy', name: 'spy', admit: ({ key }) => keys.push(key) }
    const app = fastify()
    app.register(protect('door', [spy], { key: ({ headers }) => headers['account']?.toString() }))
    app.get('/', ok)
    await app.inject({ url: '/', headers: { account: 'a' } })
    await app.inject('/')
    expect(keys).toEqual(['a', undefined])
  })

  it('may fail for a request, which is an error like any other', async () => {
    const key = (): string => {
      throw new Error('secret')
    }
    const app = fastify()
    app.register(protect('door', [bulkhead()], { key }))
    app.get('/', ok)
    expect(await statusOf(app, '/')).toBe(500)
  })
})

it('can be asked for its pipeline', () => {
  const door = protect('door', [bulkhead({ limit: 7 })])
  expect(door.pipeline.describe()).toMatchObject({ name: 'door', parts: [{ name: 'bulkhead', limit: 7 }] })
})

it('has a name that other plugins can depend on', async () => {
  const app = fastify()
  const dependent = fastifyPlugin((_instance, _options, done) => done(), {
    name: 'dependent',
    dependencies: ['@holdfast/fastify'],
  })
  app.register(protect('door', [bulkhead()])).register(dependent)
  await expect(app.ready()).resolves.toBeDefined()
})

it('gives every permit back of requests that are injected', async () => {
  const permits = bulkhead({ limit: 1 })
  const app = fastify()
  app.register(protect('door', [permits]))
  app.post('/', ok)
  for (let sent = 0; sent < 5; sent++) {
    expect((await app.inject({ method: 'POST', url: '/', payload: { a: 1 } })).statusCode).toBe(200)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(permits.statistics()).toMatchObject({ running: 0, rejected: 0 })
})
