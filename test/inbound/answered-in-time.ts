import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { timeout } from '@holdfast/core'
import { eventually, RawClient, turns } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter, Work } from './adapter.ts'
import { isIdle, openSite } from './site.ts'
import type { Site } from './site.ts'

const within30 = (adapter: Adapter, work?: Work): Promise<Site> =>
  openSite(adapter, { outside: [timeout({ durationMs: 30 })], ...(work === undefined ? {} : { work }) })

/** The one answer of a request whose time is up. */
async function overrun({ url, clock, served }: Site): Promise<RawClient> {
  const client = new RawClient(url)
  client.write('GET / HTTP/1.1\nhost: a\n\n')
  await eventually(() => served.length === 1)
  await clock.advance(30)
  await eventually(() => client.statuses.length > 0)
  return client
}

export function answeredInTime(adapter: Adapter): void {
  it('is answered with 504 and problem details, and aborts the scope', async () => {
    const { url, clock, served, permits, breaker } = await within30(adapter)
    const answer = fetch(url)
    await eventually(() => served.length === 1)
    await clock.advance(30)
    const { status, headers } = await answer
    expect(status).toBe(504)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(await (await answer).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(served[0]?.signal.reason).toMatchObject({ name: 'TimeoutError' })
    await eventually(() => isIdle(permits))
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
  })

  it('is answered once, though the work answers later', async () => {
    const site = await within30(adapter)
    const client = await overrun(site)
    // Some frameworks throw here: so says their documentation.
    try {
      site.served[0]?.exchange.answer(200, 'late')
    } catch {}
    await turns(50)
    expect(client.statuses).toEqual([504])
    expect(client.received).not.toContain('late')
  })

  it('is answered once, though the work fails of it', async () => {
    const site: Site = await within30(adapter, async () => {
      const signal = site.served[0]?.signal as AbortSignal
      await once(signal, 'abort')
      throw signal.reason
    })
    const client = await overrun(site)
    await turns(50)
    expect(client.statuses).toEqual([504])
  })

  it('is answered while the body still arrives', async () => {
    const { url, clock, permits, served } = await within30(adapter)
    const client = new RawClient(url)
    client.write('POST / HTTP/1.1\nhost: a\ncontent-type: application/json\ncontent-length: 7\n\n{"a"')
    await eventually(() => permits.statistics().running === 1)
    await clock.advance(30)
    await eventually(() => client.statuses.length > 0)
    client.write(':1}')
    await eventually(() => isIdle(permits))
    await turns(50)
    expect(client.statuses).toEqual([504])
    expect(served).toEqual([])
  })

  it('changes nothing in an answer that has begun, and aborts the scope', async () => {
    const { url, clock, served, permits } = await within30(adapter)
    const answer = fetch(url)
    await eventually(() => served.length === 1)
    const source = new PassThrough()
    served[0]?.exchange.stream(source)
    source.write('slow ')
    await answer
    await clock.advance(30)
    expect(served[0]?.signal.reason).toMatchObject({ name: 'TimeoutError' })
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    source.end('but whole')
    expect(await (await answer).text()).toBe('slow but whole')
  })

  it('that passes in the queue is answered with 504, and the work never begins', async () => {
    const limits = [Infinity, 5]
    const { url, clock, served, permits } = await openSite(adapter, {
      outside: [timeout({ durationMs: () => limits.shift() ?? Infinity })],
      queue: { size: 1, maximumWaitMs: 10 },
    })
    const first = fetch(url)
    await eventually(() => served.length === 1)
    const second = fetch(url)
    await eventually(() => permits.statistics().waiting === 1)
    await clock.advance(5)
    expect((await second).status).toBe(504)
    served[0]?.exchange.answer(200, 'ok')
    expect((await first).status).toBe(200)
    await eventually(() => isIdle(permits))
    expect(served).toHaveLength(1)
  })
}
