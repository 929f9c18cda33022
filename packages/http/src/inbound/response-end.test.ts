import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { endOf, onResponseEnd } from './response-end.ts'
import type { ResponseEnd, ResponseLike } from './response-end.ts'

type FakeResponse = ResponseLike & EventEmitter
type Socket = EventEmitter & { readonly destroyed: boolean }

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

it('tells answers from clients that left, over HTTP/2', async () => {
  const ends = new EventEmitter<Record<string, [ResponseEnd]>>()
  const server = createHttp2Server((request, response) => {
    onResponseEnd(response, () => ends.emit(request.url, endOf(response)))
    if (request.url === '/answered') response.end('ok')
    if (request.url === '/begun') response.write('ok')
    ends.emit('request', 'gone')
  })
  const client = connect(`http://127.0.0.1:${await portOf(server)}`)
  const answered = once(ends, '/answered')
  client.request({ ':path': '/answered' }).resume()
  expect(await answered).toEqual(['answered'])
  for (const path of ['/silent', '/begun']) {
    const asked = once(ends, 'request')
    const end = once(ends, path)
    const stream = client.request({ ':path': path })
    await asked
    stream.close()
    expect(await end).toEqual(['gone'])
  }
  client.close()
  server.close()
})

it('is told at once of an HTTP/2 response that is over already', async () => {
  const { promise, resolve } = Promise.withResolvers<ResponseEnd>()
  const server = createHttp2Server((_request, response) => {
    response.once('close', () => onResponseEnd(response, () => resolve(endOf(response))))
  })
  const client = connect(`http://127.0.0.1:${await portOf(server)}`)
  const arrived = once(server, 'request')
  const stream = client.request({ ':path': '/' })
  await arrived
  stream.close()
  expect(await promise).toBe('gone')
  client.close()
  server.close()
})

it('tells each of many pipelined requests when their client leaves, once', async () => {
  const ends: ResponseEnd[] = []
  const server = createServer((_request, response) => {
    onResponseEnd(response, () => ends.push(endOf(response)))
  })
  const socket = connectSocket(await portOf(server), '127.0.0.1')
  const count = 20
  const arrived = new Promise<void>((resolve) => {
    let requests = 0
    server.on('request', () => void (++requests === count && resolve()))
  })
  const accepted = once(server, 'connection')
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(count))
  const [connection] = (await accepted) as [EventEmitter]
  await arrived
  expect(connection.listenerCount('close')).toBeLessThan(10)
  const closed = once(connection, 'close')
  socket.destroy()
  await closed
  await new Promise((resolve) => setImmediate(resolve))
  expect(ends).toEqual(Array.from({ length: count }, () => 'gone'))
  server.close()
})

it('is told at once of a pipelined response whose connection has gone', async () => {
  const { promise, resolve } = Promise.withResolvers<ResponseEnd>()
  const server = createServer((request, response) => {
    if (request.url !== '/second') return
    request.socket.once('close', () =>
      setImmediate(() => onResponseEnd(response, () => resolve(endOf(response)))),
    )
    socket.destroy()
  })
  const socket = connectSocket(await portOf(server), '127.0.0.1')
  socket.write('GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\n')
  expect(await promise).toBe('gone')
  server.close()
})

it('is told of a response that was taken off its connection when that closes', async () => {
  const { promise, resolve } = Promise.withResolvers<ResponseEnd>()
  const server = createServer((request, response) => {
    onResponseEnd(response, () => resolve(endOf(response)))
    response.detachSocket(request.socket)
    request.socket.end('not HTTP any more')
  })
  const socket = connectSocket(await portOf(server), '127.0.0.1').resume()
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  expect(await promise).toBe('gone')
  server.close()
})

describe('where a pipelined response hears nothing, as on Node 22,', () => {
  const openSocket = (): Socket => Object.assign(new EventEmitter(), { destroyed: false })
  const behindAnother = (socket: Socket): FakeResponse =>
    Object.assign(new EventEmitter(), {
      statusCode: 200,
      writableEnded: false,
      writableFinished: false,
      socket: null,
      req: { socket },
    })

  it('the connection is believed, which carries one listener', () => {
    const socket = openSocket()
    const ends: ResponseEnd[] = []
    for (let index = 0; index < 20; index++) {
      const response = behindAnother(socket)
      onResponseEnd(response, () => ends.push(endOf(response)))
    }
    expect(socket.listenerCount('close')).toBe(1)
    socket.emit('close')
    expect(ends).toHaveLength(20)
  })

  it('one whose connection was gone before is over at once', () => {
    const ends: ResponseEnd[] = []
    const response = behindAnother(Object.assign(openSocket(), { destroyed: true }))
    onResponseEnd(response, () => ends.push(endOf(response)))
    expect(ends).toEqual(['gone'])
  })

  it('one that has ended hears nothing more', () => {
    const socket = openSocket()
    const ends: ResponseEnd[] = []
    const response = behindAnother(socket)
    onResponseEnd(response, () => ends.push(endOf(response)))
    Object.assign(response, { writableEnded: true, writableFinished: true })
    response.emit('close')
    socket.emit('close')
    expect(ends).toEqual(['answered'])
  })

  it('one that has ended is not kept by its connection', async () => {
    const socket = openSocket()
    const ended = (): WeakRef<object> => {
      const response = behindAnother(socket)
      onResponseEnd(response, () => {})
      response.emit('close')
      return new WeakRef(response)
    }
    const response = ended()
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect(response.deref()).toBeUndefined()
    expect(socket.listenerCount('close')).toBe(1)
  })
})
