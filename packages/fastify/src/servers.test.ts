import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { bulkhead } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import fastify from 'fastify'
import type { FastifyReply } from 'fastify'
import { expect, it, vi } from 'vitest'
import { protect } from './protect.ts'

it('a server that closes answers itself, and asks nobody', async () => {
  const permits = bulkhead({ limit: 1 })
  const replies: { readonly reply: FastifyReply }[] = []
  const app = fastify().register(protect('door', [permits]))
  app.get('/', (_request, reply) => void replies.push({ reply }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  let requests = 0
  app.server.on('request', () => requests++)
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  client.on('data', (text: Buffer) => (received += text.toString()))
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await vi.waitUntil(() => replies.length === 1, { interval: 1 })
  const closed = app.close()
  await vi.waitUntil(() => !app.server.listening, { interval: 1 })
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await vi.waitUntil(() => requests === 2, { interval: 1 })
  replies[0]?.reply.send('served')
  await Promise.all([closed, once(client, 'close')])
  expect(received.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503'])
  expect(received).toContain('"error":"Service Unavailable"')
  expect(permits.statistics()).toMatchObject({ running: 0, rejected: 0 })
})

it('over HTTP/2, a client that leaves aborts the scope, and the permit comes back', async () => {
  const permits = bulkhead({ limit: 1 })
  const signals: (AbortSignal | undefined)[] = []
  const app = fastify({ http2: true }).register(protect('door', [permits]))
  app.get('/', () => void signals.push(currentScope()?.signal))
  app.get('/answered', () => 'answered')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connectHttp2(url)
  const left = client.request({ ':path': '/' })
  await vi.waitUntil(() => signals.length === 1, { interval: 1 })
  left.close()
  await vi.waitUntil(() => permits.statistics().running === 0, { interval: 1 })
  expect(signals[0]?.reason).toMatchObject({ code: 'ERR_CLIENT_GONE' })
  const answered = client.request({ ':path': '/answered' })
  const [headers] = await once(answered, 'response')
  answered.resume()
  await once(answered, 'close')
  expect(headers[':status']).toBe(200)
  client.close()
  await app.close()
})
