import { bulkhead, keyed, rateLimit } from '@holdfast/core'
import { currentScope, DrainingError, headerKey, OpenScopes } from '@holdfast/http'
import { eventually, serve } from '@holdfast/test-servers/loopback'
import { VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { openSite } from './site.ts'
import type { Site } from './site.ts'

const hurried = { headers: { 'holdfast-timeout-ms': '40', 'holdfast-criticality': 'sheddable' } }

/** The answers to two requests of which one waits for the other. */
async function oneBehindAnother(site: Site): Promise<readonly Promise<Response>[]> {
  const first = fetch(site.url)
  await eventually(() => site.served.length === 1)
  const second = fetch(site.url)
  await eventually(() => site.permits.statistics().waiting === 1)
  return [first, second]
}

export function callers(adapter: Adapter): void {
  it('is believed about its time where it is trusted, and answered when that is over', async () => {
    const { url, clock, served } = await openSite(adapter, { door: { trust: true } })
    const answer = fetch(url, hurried)
    await eventually(() => served.length === 1)
    expect(served[0]?.scope).toMatchObject({ deadline: 40, criticality: 'sheddable' })
    await clock.advance(40)
    expect((await answer).status).toBe(504)
    expect(await (await answer).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('that leaves too little time is refused, and nothing is taken', async () => {
    const { url, breaker } = await openSite(adapter, { door: { trust: true, minimumMs: 41 } })
    const answer = await fetch(url, hurried)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject({ code: 'ERR_TOO_LITTLE_TIME' })
    expect(breaker.statistics().calls).toBe(0)
  })

  it('is not believed where nobody said so', async () => {
    const { url, served } = await openSite(adapter, {
      door: { minimumMs: 41 },
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    expect((await fetch(url, hurried)).status).toBe(200)
    expect(served[0]?.scope).toMatchObject({ deadline: Infinity, criticality: 'critical' })
  })

  it('has a rate of its own, and hears what is left of it', async () => {
    const { url, clock } = await openSite(adapter, {
      outside: [keyed(() => [rateLimit({ limit: 1, intervalMs: 60_000 })])],
      limit: 10,
      door: { key: headerKey('x-tenant') },
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    const ask = (tenant: string) => fetch(url, { headers: { 'x-tenant': tenant } })
    const fields = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')]
    const said = ['"rate-limit";q=1;w=60', '"rate-limit";r=0;t=60']
    const served = await ask('a')
    expect([served.status, fields(served)]).toEqual([200, said])
    const refused = await ask('a')
    expect([refused.status, fields(refused)]).toEqual([429, said])
    expect((await ask('b')).status).toBe(200)
    await clock.advance(60_000)
    expect((await ask('a')).status).toBe(200)
  })

  it('hears that the service stops, served or waiting', async () => {
    const scopes = new OpenScopes()
    const site = await openSite(adapter, { queue: { size: 1, maximumWaitMs: 10 }, door: { scopes } })
    const answers = await oneBehindAnother(site)
    expect(scopes.open).toBe(2)
    scopes.abort(new DrainingError())
    for (const answer of answers) {
      expect((await answer).status).toBe(503)
      expect(await (await answer).json()).toMatchObject({ code: 'ERR_DRAINING' })
    }
    expect(site.served[0]?.signal.reason).toBeInstanceOf(DrainingError)
    expect(site.served).toHaveLength(1)
    await eventually(() => scopes.open === 0)
  })

  it('that is exempt is served when all others are refused, outside of any scope', async () => {
    const scopes: unknown[] = []
    const server = await adapter.serverOf({
      doors: [[bulkhead({ limit: 0 })]],
      options: { clock: new VirtualClock(), exempt: ({ headers }) => headers['x-probe'] === 'yes' },
      work: (exchange) => {
        scopes.push(currentScope())
        exchange.answer(200, 'well')
      },
    })
    const url = await serve(server)
    expect((await fetch(url)).status).toBe(503)
    expect(await (await fetch(url, { headers: { 'x-probe': 'yes' } })).text()).toBe('well')
    expect(scopes).toEqual([undefined])
  })
}
