import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { eventually, RawClient, turns } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { isIdle, openSite } from './site.ts'

const get = 'GET / HTTP/1.1\nhost: a\n\n'
const upgrade = 'GET / HTTP/1.1\nhost: a\nconnection: upgrade\nupgrade: example\n\n'

export function connections(adapter: Adapter): void {
  it('serves one request after another, and its end aborts none of them', async () => {
    const { url, served, permits } = await openSite(adapter, {
      work: (exchange) => exchange.answer(200, 'ok'),
    })
    const client = new RawClient(url)
    for (let sent = 1; sent <= 20; sent++) {
      client.write(get)
      await eventually(() => client.statuses.length === sent && isIdle(permits))
    }
    client.socket.destroy()
    await turns(20)
    expect(client.statuses.every((status) => status === 200)).toBe(true)
    expect(served.some(({ signal }) => signal.aborted)).toBe(false)
  })

  it('may carry pipelined requests, each with a permit of its own', async () => {
    const { url, served, permits } = await openSite(adapter, { limit: 2 })
    const client = new RawClient(url)
    client.write(get.repeat(3))
    await eventually(() => permits.statistics().rejected === 1 && served.length === 2)
    served[1]?.exchange.answer(200, 'second')
    await turns(20)
    expect(permits.statistics().running).toBe(2)
    served[0]?.exchange.answer(200, 'first')
    await eventually(() => client.statuses.length === 3)
    expect(client.statuses).toEqual([200, 200, 503])
  })

  it('gives back the permits of all its pipelined requests when the client leaves', async () => {
    const { url, served, permits, breaker } = await openSite(adapter, { limit: 20 })
    const client = new RawClient(url)
    client.write(get.repeat(20))
    await eventually(() => served.length === 20)
    expect(permits.statistics().running).toBe(20)
    client.socket.destroy()
    await eventually(() => isIdle(permits))
    expect(served.every(({ signal }) => signal.reason?.code === 'ERR_CLIENT_GONE')).toBe(true)
    expect(breaker.statistics().calls).toBe(0)
  })

  it('that asks for an upgrade which nobody offers is answered as any other', async () => {
    const { url, permits } = await openSite(adapter, { work: (exchange) => exchange.answer(200, 'ok') })
    const client = new RawClient(url)
    client.write(upgrade)
    await eventually(() => client.statuses.length === 1)
    expect(client.statuses).toEqual([200])
    await eventually(() => isIdle(permits))
  })

  it('that is taken off its response holds the permit until it closes', async () => {
    const { url, served, permits } = await openSite(adapter)
    const client = new RawClient(url)
    client.write(get)
    await eventually(() => served.length === 1)
    const response = served[0]?.exchange.hijack() as ServerResponse
    const { socket } = response.req
    response.detachSocket(socket)
    socket.write('not HTTP any more')
    await eventually(() => client.received === 'not HTTP any more')
    expect(permits.statistics().running).toBe(1)
    client.socket.destroy()
    await eventually(() => isIdle(permits))
    expect(served[0]?.signal.reason).toMatchObject({ code: 'ERR_CLIENT_GONE' })
  })

  it('that is upgraded holds its permit until it closes', async () => {
    const { server, url, served, permits } = await openSite(adapter)
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      const response = new ServerResponse(request)
      socket.resume().once('end', () => socket.end())
      response.assignSocket(socket)
      server.emit('request', request, response)
    })
    const client = new RawClient(url)
    client.write(upgrade)
    await eventually(() => served.length === 1)
    const response = served[0]?.exchange.hijack() as ServerResponse
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: example\r\n\r\nhello')
    await eventually(() => client.received.endsWith('hello'))
    await turns(20)
    expect(permits.statistics().running).toBe(1)
    client.socket.destroy()
    await eventually(() => isIdle(permits))
    expect(served[0]?.signal.reason).toMatchObject({ code: 'ERR_CLIENT_GONE' })
  })
}
