import { rateLimit } from '@holdfast/core'
import { eventually, RawClient } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { isIdle, openSite } from './site.ts'

export function refusedAtTheDoor(adapter: Adapter): void {
  it('is 503 where the service cannot, and the next request is served again', async () => {
    const { url, served, permits } = await openSite(adapter)
    const first = fetch(url)
    await eventually(() => served.length === 1)
    expect((await fetch(url)).status).toBe(503)
    served[0]?.exchange.answer(200, 'ok')
    await first
    await eventually(() => isIdle(permits))
    const third = fetch(url)
    await eventually(() => served.length === 2)
    served[1]?.exchange.answer(200, 'ok')
    expect((await third).status).toBe(200)
  })

  it.each(['key', 'trust', 'exempt'])(
    'is 500 where the option %s throws, which tells nobody why and takes nothing',
    async (option) => {
      let broken = true
      const asked = (): false => {
        if (broken) throw new Error('secret')
        return false
      }
      const door = { [option]: option === 'key' ? () => void asked() : asked }
      const { url, permits, breaker } = await openSite(adapter, {
        door,
        work: (exchange) => exchange.answer(200, 'ok'),
      })
      const failed = await fetch(url)
      expect(failed.status).toBe(500)
      expect(isIdle(permits)).toBe(true)
      expect(breaker.statistics().calls).toBe(0)
      broken = false
      expect((await fetch(url)).status).toBe(200)
    },
  )

  it('is 429 with the time to wait where the client has had its share, and problem details', async () => {
    const limited = rateLimit({ limit: 1, intervalMs: 60_000 })
    const { url, permits, breaker } = await openSite(adapter, {
      outside: [limited],
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    await fetch(url)
    await eventually(() => isIdle(permits))
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(60)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ status: 429, code: 'ERR_RATE_LIMITED' })
    expect(breaker.statistics().calls).toBe(1)
  })

  it('is given while the body still arrives, and the connection goes on', async () => {
    const limited = rateLimit({ limit: 1, intervalMs: 60_000 })
    const { url } = await openSite(adapter, {
      outside: [limited],
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    await (await fetch(url)).text()
    const client = new RawClient(url)
    client.write('POST / HTTP/1.1\nhost: a\ncontent-length: 10\n\n12345')
    await eventually(() => client.statuses.length === 1)
    client.write('67890GET / HTTP/1.1\nhost: a\n\n')
    await eventually(() => client.statuses.length === 2)
    expect(client.statuses).toEqual([429, 429])
  })

  it('of HEAD has no body', async () => {
    const limited = rateLimit({ limit: 1, intervalMs: 60_000 })
    const { url } = await openSite(adapter, {
      outside: [limited],
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    const client = new RawClient(url)
    client.write('GET / HTTP/1.1\nhost: a\n\nHEAD / HTTP/1.1\nhost: a\n\nHEAD / HTTP/1.1\nhost: a\n\n')
    await eventually(() => client.statuses.length === 3)
    expect(client.statuses).toEqual([200, 429, 429])
    expect(client.received).not.toContain('ERR_RATE_LIMITED')
  })
}
