import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Authority } from './certificates.ts'
import { gateway } from './gateway.ts'
import type { Upstream } from './inventory-client.ts'
import { Inventory } from './inventory.ts'
import { Visitor } from './visitor.ts'

// Retries wait in earnest here.
vi.setConfig({ testTimeout: 30_000 })

const authority = new Authority('authority')
const stranger = new Authority('stranger')
const tokens = { viewer: 'viewer-token-0123456789', operator: 'operator-token-0123456789' }

interface Site {
  readonly inventory: Inventory
  readonly visitor: Visitor
  readonly life: ReturnType<typeof gateway>['life']
}

async function site(change: Partial<Upstream> = {}): Promise<Site> {
  const inventory = new Inventory(authority.server('inventory'), authority.cert)
  const upstream = {
    url: await inventory.listen(),
    ca: authority.cert,
    client: authority.client('gateway'),
    ...change,
  }
  const identity = authority.server('gateway')
  const { server, life } = gateway({ identity, tokens, upstream, lifecycle: { announceMs: 0 } })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const visitor = new Visitor((server.address() as AddressInfo).port, authority.cert)
  onTestFinished(async () => {
    visitor[Symbol.dispose]()
    await life.drain()
    await inventory.close()
  })
  return { inventory, visitor, life }
}

describe('the upstream', () => {
  it('is asked over mutual TLS by a private authority', async () => {
    const { visitor } = await site()
    expect(await visitor.ask('/stock')).toMatchObject({ status: 200, body: '{"stock":42}' })
  })

  it.each([
    ['by a gateway without a certificate', { client: {} as Upstream['client'] }],
    ['by a gateway with a certificate of another authority', { client: stranger.client('gateway') }],
    ['by a gateway that trusts another authority', { ca: stranger.cert }],
  ])('is not asked %s, and the client learns no more', async (_name, change) => {
    const { inventory, visitor } = await site(change as Partial<Upstream>)
    const answer = await visitor.ask('/stock')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Bad Gateway', status: 502 })
    expect(inventory.asked).toBe(0)
  })

  it('that fails is not quoted, and spared when its circuit opens', async () => {
    const { inventory, visitor } = await site()
    inventory.healthy = false
    const first = await Promise.all(Array.from({ length: 12 }, () => visitor.ask('/stock')))
    for (const { body } of first) expect(body).not.toMatch(/disk|inventory/)
    expect(first.some(({ status }) => status === 502)).toBe(true)
    const { asked } = inventory
    expect((await visitor.ask('/stock')).status).toBe(503)
    expect(inventory.asked).toBe(asked)
  })
})

const doors = [
  ['GET', '/admin/status'],
  ['PUT', '/admin/override'],
  ['DELETE', '/admin/override'],
] as const

describe.each(doors)('%s %s', (method, path) => {
  it.each([
    ['no token', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a wrong token', { authorization: 'Bearer viewer-token-0123456780' }],
    ['the beginning of a token', { authorization: 'Bearer operator-token' }],
    ['a token and more', { authorization: `Bearer ${tokens.operator}0` }],
    ['another scheme', { authorization: `Basic ${tokens.operator}` }],
    ['two tokens', { authorization: `Bearer ${tokens.operator}, Bearer ${tokens.viewer}` }],
  ])('is refused to one with %s, who learns nothing', async (_name, headers: Record<string, string>) => {
    const { visitor } = await site()
    const answer = await visitor.ask(path, { method, headers, json: { state: 'open', reason: 'attack' } })
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer', 'cache-control': 'no-store' },
    })
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    expect((await visitor.ask('/stock')).status).toBe(200)
  })
})

describe('a viewer', () => {
  it('sees the circuits, and no secret', async () => {
    const { visitor } = await site()
    await visitor.ask('/stock')
    const { status, body } = await visitor.ask('/admin/status', { token: tokens.viewer })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ phase: 'serving', pipelines: [{ name: 'inventory' }] })
    expect(body).not.toMatch(/token|https:|BEGIN|127\.0\.0\.1/)
  })

  it.each(['PUT', 'DELETE'])('may not %s an override', async (method) => {
    const { visitor } = await site()
    const json = { state: 'open', reason: 'curious' }
    const answer = await visitor.ask('/admin/override', { method, token: tokens.viewer, json })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Forbidden', status: 403 })
    expect((await visitor.ask('/stock')).status).toBe(200)
  })
})

describe('an operator', () => {
  const { operator: token } = tokens

  it('forces the circuit open, sees it, and lets go', async () => {
    const { inventory, visitor } = await site()
    const json = { state: 'open', reason: 'maintenance' }
    expect((await visitor.ask('/admin/override', { method: 'PUT', token, json })).status).toBe(409)
    expect((await visitor.ask('/stock')).status).toBe(200)
    expect((await visitor.ask('/admin/override', { method: 'PUT', token, json })).status).toBe(204)
    const refused = await visitor.ask('/stock')
    expect(refused.status).toBe(503)
    expect(refused.body).not.toContain('maintenance')
    expect(inventory.asked).toBe(1)
    expect((await visitor.ask('/admin/status', { token })).body).toContain('maintenance')
    expect((await visitor.ask('/admin/override', { method: 'DELETE', token })).status).toBe(204)
    expect((await visitor.ask('/stock')).status).toBe(200)
  })

  it.each([
    ['a state that there is not', { state: 'ajar', reason: 'why' }],
    ['no reason', { state: 'open' }],
    ['no body', undefined],
    ['more than fits', { state: 'open', reason: 'x'.repeat(2_000) }],
  ])('is told what is wrong with %s', async (_name, json) => {
    const { visitor } = await site()
    await visitor.ask('/stock')
    const { status } = await visitor.ask('/admin/override', { method: 'PUT', token, json })
    expect([400, 413]).toContain(status)
    expect((await visitor.ask('/stock')).status).toBe(200)
  })
})

describe('the gateway', () => {
  it.each([
    [{ viewer: '', operator: tokens.operator }, 'the token of the viewer must have at least 20 characters'],
    [
      { viewer: tokens.viewer, operator: 'short' },
      'the token of the operator must have at least 20 characters',
    ],
    [
      { viewer: tokens.viewer } as typeof tokens,
      'the token of the operator must have at least 20 characters',
    ],
    [{ viewer: tokens.viewer, operator: tokens.viewer }, 'viewer and operator must have different tokens'],
  ])('does not start with tokens that keep nobody out', (wrong, message) => {
    const upstream = { url: 'https://127.0.0.1:1/', ca: authority.cert }
    const make = (): unknown => gateway({ identity: authority.server('gateway'), tokens: wrong, upstream })
    expect(make).toThrow(message)
  })

  it('refuses headers without end', async () => {
    const { visitor } = await site()
    const { status } = await visitor.ask('/stock', { headers: { padding: 'x'.repeat(9_000) } })
    expect(status).toBe(431)
  })

  it('answers probes, and drains over TLS', async () => {
    const { visitor, life } = await site()
    expect((await visitor.ask('/livez')).status).toBe(200)
    expect((await visitor.ask('/readyz')).status).toBe(200)
    expect(await life.drain()).toEqual({ exitCode: 0, cut: 0, failures: [] })
  })
})
