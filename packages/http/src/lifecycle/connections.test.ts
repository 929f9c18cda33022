import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { ClientHttp2Session, Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { VirtualClock } from '@holdfast/testing'
import { expect, it, onTestFinished } from 'vitest'
import { lifecycle } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'
import { eventually } from './live-service.ts'

interface Http2Service {
  readonly clock: VirtualClock
  readonly life: Lifecycle
  readonly held: Http2ServerResponse[]
  readonly connect: () => ClientHttp2Session
}

/** Over HTTP/2: `/readyz` is the probe, everything else is held. */
async function http2Service(): Promise<Http2Service> {
  const clock = new VirtualClock()
  const held: Http2ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return void life.readiness(request, response)
    held.push(response)
  })
  const life = lifecycle(server, { clock, announceMs: 100, drainMs: 2_000 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = (): ClientHttp2Session => {
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    onTestFinished(() => session.destroy())
    return session
  }
  return { clock, life, held, connect: open }
}

/** The status and the body. */
async function get(session: ClientHttp2Session, path: string): Promise<readonly [unknown, string]> {
  const stream = session.request({ ':path': path })
  stream.setEncoding('utf8')
  let body = ''
  stream.on('data', (text: string) => (body += text))
  const [headers] = (await once(stream, 'response')) as [{ readonly ':status'?: number }]
  await once(stream, 'close')
  return [headers[':status'], body]
}

it('over HTTP/2, clients are told to leave when the drain begins, and what is under way is answered', async () => {
  const { clock, life, held, connect: open } = await http2Service()
  const [busy, idle] = [open(), open()]
  const answer = get(busy, '/')
  await eventually(() => held.length === 1)
  const drained = life.drain()
  expect(await get(idle, '/readyz')).toEqual([503, '{"status":"announcing"}'])
  const left = Promise.all([busy, idle].map((session) => once(session, 'goaway')))
  await clock.advance(100)
  await left
  held[0]?.end('in time')
  expect(await answer).toEqual([200, 'in time'])
  expect(await drained).toEqual({ exitCode: 0, cut: 0, failures: [] })
})

it('over HTTP/2, what is not answered in time is cut off', async () => {
  const { clock, life, held, connect: open } = await http2Service()
  const session = open()
  const closed = once(session, 'close')
  session.request({ ':path': '/' }).on('error', () => {})
  await eventually(() => held.length === 1)
  const drained = life.drain()
  await clock.advance(100 + 2_000 + 1_000)
  expect(await drained).toEqual({ exitCode: 1, cut: 1, failures: [] })
  await closed
})
