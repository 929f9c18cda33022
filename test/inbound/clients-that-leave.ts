import { once } from 'node:events'
import { eventually, RawClient, send, turns } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { isIdle, openSite } from './site.ts'
import { ways } from './ways.ts'

export function clientsThatLeave(adapter: Adapter): void {
  it.each(ways)('aborts the scope and blames nobody: $name', async ({ request, body, begin }) => {
    const { url, served, permits, breaker } = await openSite(adapter)
    const client = send(url, request, body)
    client.once('response', (response) => response.resume().on('error', () => {}))
    await eventually(() => served.length === 1)
    const [{ exchange, signal }] = served as [(typeof served)[0]]
    begin(exchange)
    await turns(20)
    expect(signal.aborted).toBe(false)
    client.destroy()
    await eventually(() => signal.aborted)
    expect(signal.reason).toMatchObject({ name: 'ClientGoneError', code: 'ERR_CLIENT_GONE' })
    await eventually(() => isIdle(permits))
    expect(breaker.statistics().calls).toBe(0)
  })

  it('while the body arrives never comes to the handler, and gives the permit back', async () => {
    const { url, served, permits, breaker } = await openSite(adapter)
    const client = new RawClient(url)
    client.write('POST / HTTP/1.1\nhost: a\ncontent-type: application/json\ncontent-length: 10\n\n12345')
    await eventually(() => permits.statistics().running === 1)
    client.socket.destroy()
    await eventually(() => isIdle(permits))
    await turns(20)
    expect(served).toEqual([])
    expect(breaker.statistics()).toMatchObject({ failures: 0 })
  })

  it('while it waits gives up its place, and never comes to the handler', async () => {
    const { url, served, permits } = await openSite(adapter, { queue: { size: 1, maximumWaitMs: 10 } })
    const first = fetch(url)
    await eventually(() => served.length === 1)
    const second = send(url)
    await eventually(() => permits.statistics().waiting === 1)
    second.destroy()
    await eventually(() => permits.statistics().waiting === 0)
    served[0]?.exchange.answer(200, 'ok')
    expect((await first).status).toBe(200)
    await eventually(() => isIdle(permits))
    expect(served).toHaveLength(1)
  })

  it('whose work answers nonetheless harms nothing', async () => {
    const { url, served, permits } = await openSite(adapter)
    const client = send(url)
    await eventually(() => served.length === 1)
    client.destroy()
    await eventually(() => isIdle(permits))
    served[0]?.exchange.answer(200, 'into the void')
    const next = fetch(url)
    await eventually(() => served.length === 2)
    served[1]?.exchange.answer(200, 'ok')
    expect(await (await next).text()).toBe('ok')
  })

  it('whose work fails of it harms nothing', async () => {
    const { url, served, permits, breaker } = await openSite(adapter, {
      work: async () => {
        const signal = served.at(-1)?.signal as AbortSignal
        if (served.length > 1) throw new Error('the second fails')
        await once(signal, 'abort')
        throw signal.reason
      },
    })
    const client = send(url)
    await eventually(() => served.length === 1)
    client.destroy()
    await eventually(() => isIdle(permits))
    await turns(20)
    expect(breaker.statistics().calls).toBe(0)
    expect((await fetch(url)).status).toBe(500)
  })
}
