import { PassThrough } from 'node:stream'
import { lifecycle } from '@holdfast/http'
import type { Lifecycle } from '@holdfast/http'
import { eventually, RawClient } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { isIdle, openSite } from './site.ts'
import type { Site, SiteOptions } from './site.ts'

const drainMs = 2_000

interface LivingSite extends Site {
  readonly life: Lifecycle
}

async function livingSite(adapter: Adapter, options: SiteOptions = {}): Promise<LivingSite> {
  const site = await openSite(adapter, options)
  return { ...site, life: lifecycle(site.server, { clock: site.clock, announceMs: 100, drainMs }) }
}

/** The site drains, and the time for what is under way is over. */
async function outOfTime({
  life,
  clock,
}: LivingSite): Promise<{ readonly report: ReturnType<Lifecycle['drain']> }> {
  const report = life.drain()
  await clock.advance(100 + drainMs)
  return { report }
}

export function drains(adapter: Adapter): void {
  it('answers what has come and what comes before it accepts no more, and closes the connections', async () => {
    const site = await livingSite(adapter, { limit: 2 })
    const early = fetch(site.url)
    await eventually(() => site.served.length === 1)
    const drained = site.life.drain()
    const late = fetch(site.url)
    await eventually(() => site.served.length === 2)
    await site.clock.advance(100)
    for (const { exchange } of site.served) exchange.answer(200, 'served')
    for (const { status, headers } of await Promise.all([early, late])) {
      expect([status, headers.get('connection')]).toEqual([200, 'close'])
    }
    expect(await drained).toEqual({ exitCode: 0, cut: 0, failures: [] })
    expect(site.served.every(({ signal }) => !signal.aborted)).toBe(true)
  })

  it('answers with 503 and problem details what takes too long, and aborts its scope', async () => {
    const site = await livingSite(adapter)
    const answer = fetch(site.url)
    await eventually(() => site.served.length === 1)
    const { report } = await outOfTime(site)
    const { status, headers } = await answer
    expect([status, headers.get('content-type')]).toEqual([503, 'application/problem+json'])
    expect(await (await answer).json()).toMatchObject({ code: 'ERR_DRAINING' })
    expect(site.served[0]?.signal.reason).toMatchObject({ code: 'ERR_DRAINING' })
    expect(await report).toEqual({ exitCode: 1, cut: 1, failures: [] })
    await eventually(() => isIdle(site.permits))
  })

  it('refuses with 503 what still waits then, and its work never begins', async () => {
    const site = await livingSite(adapter, { queue: { size: 1, maximumWaitMs: 60_000 } })
    const [running, waiting] = [fetch(site.url), fetch(site.url)]
    await eventually(() => site.served.length === 1 && site.permits.statistics().waiting === 1)
    await outOfTime(site)
    expect([(await running).status, (await waiting).status]).toEqual([503, 503])
    expect(site.served).toHaveLength(1)
    await eventually(() => isIdle(site.permits))
  })

  it('breaks off an answer that has begun and does not end', async () => {
    const site = await livingSite(adapter)
    const client = new RawClient(site.url)
    client.write('GET / HTTP/1.1\nhost: a\n\n')
    await eventually(() => site.served.length === 1)
    const source = new PassThrough()
    site.served[0]?.exchange.stream(source)
    source.write('begun')
    await eventually(() => client.received.includes('begun'))
    const { report } = await outOfTime(site)
    await site.clock.advance(1_000)
    expect((await report).cut).toBe(1)
    await eventually(() => client.socket.closed)
    expect(client.statuses).toEqual([200])
    await eventually(() => isIdle(site.permits))
  })
}
