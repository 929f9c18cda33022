import { once } from 'node:events'
import { Agent } from 'node:http'
import type { ServerResponse } from 'node:http'
import { wheelOf } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DrainReport } from './drain.ts'
import { DrainingError } from './draining-error.ts'
import { eventually, serve } from './live-service.ts'

let clock: VirtualClock
let held: ServerResponse[]

/** Answers nothing before the test does. */
const hold = (_request: object, response: ServerResponse): void => void held.push(response)

beforeEach(() => {
  clock = new VirtualClock()
  held = []
})

const rest = { cut: 0, failures: [] }

describe('while it announces that it will stop', () => {
  it('the server is alive, is not ready, and serves as before', async () => {
    const service = await serve({ clock })
    expect((await service.get('/readyz')).status).toBe(200)
    const drained = service.life.drain()
    expect(service.life.phase).toBe('announcing')
    await clock.advance(4_999)
    expect(await service.get('/livez')).toMatchObject({ status: 200, body: '{"status":"alive"}' })
    expect(await service.get('/readyz')).toMatchObject({ status: 503, body: '{"status":"announcing"}' })
    expect(await service.get('/')).toMatchObject({ status: 200, body: 'ok' })
    await clock.advance(1)
    expect(await drained).toEqual({ exitCode: 0, ...rest })
    expect(service.life.phase).toBe('drained')
    expect(service.server.listening).toBe(false)
  })

  it('every answer tells its client not to use the connection again, those under way included', async () => {
    const service = await serve({ clock }, hold)
    expect((await service.get('/livez')).headers.connection).toBe('keep-alive')
    const early = service.get('/', {}, new Agent({ keepAlive: true }))
    await eventually(() => held.length === 1)
    void service.life.drain()
    held[0]?.end('early')
    expect(await early).toMatchObject({ body: 'early', headers: { connection: 'close' } })
    expect((await service.get('/livez')).headers.connection).toBe('close')
  })

  it('an answer that has begun goes on as it is', async () => {
    const service = await serve({ clock }, hold)
    const answer = service.get('/')
    await eventually(() => held.length === 1)
    held[0]?.write('begun')
    void service.life.drain()
    held[0]?.end(' and ended')
    expect(await answer).toMatchObject({ body: 'begun and ended', headers: { connection: 'keep-alive' } })
  })

  it('whatever is no request hears of it', async () => {
    const { life } = await serve({ clock })
    const aborted = once(life.draining, 'abort')
    void life.drain()
    await aborted
    expect(life.draining.reason).toBeInstanceOf(DrainingError)
  })
})

describe('when it drains', () => {
  it('nobody new is accepted, and what is under way is answered', async () => {
    const service = await serve({ clock, announceMs: 100 }, hold)
    const answer = service.get('/')
    await eventually(() => held.length === 1)
    const drained = service.life.drain()
    await clock.advance(100)
    expect(service.life.phase).toBe('draining')
    const refused = service.get('/', {}, new Agent()).catch((error: NodeJS.ErrnoException) => error.code)
    expect(await refused).toBe('ECONNREFUSED')
    await clock.advance(19_999)
    held[0]?.end('in time')
    expect(await answer).toMatchObject({ status: 200, body: 'in time' })
    expect(await drained).toEqual({ exitCode: 0, ...rest })
  })

  it('a connection that is idle is closed at once, one in use as soon as it is idle', async () => {
    const service = await serve({ clock, announceMs: 0 }, hold)
    const [idle, busy] = [service.connect(), service.connect()]
    idle.write('GET /livez HTTP/1.1\nhost: a\n\n')
    busy.write('GET / HTTP/1.1\nhost: a\n\n')
    await eventually(() => idle.received.includes('alive') && held.length === 1)
    held[0]?.write('begun before')
    const drained = service.life.drain()
    await clock.advance(0)
    await eventually(() => idle.closed)
    expect(busy.closed).toBe(false)
    held[0]?.end()
    await eventually(() => busy.closed)
    expect(await drained).toMatchObject({ exitCode: 0 })
  })

  it('an answer that has ended but not reached its client is not cut off', async () => {
    const size = 20_000_000
    const service = await serve({ clock, announceMs: 0 }, (_request, response) => {
      held.push(response)
      response.end(Buffer.alloc(size, 'x'))
    })
    const [slow, idle] = [service.connect(), service.connect()]
    idle.write('GET /livez HTTP/1.1\nhost: a\n\n')
    await eventually(() => idle.received.includes('alive'))
    slow.socket.pause()
    slow.write('GET / HTTP/1.1\nhost: a\n\n')
    await eventually(() => held[0]?.writableEnded === true)
    const drained = service.life.drain()
    await clock.advance(0)
    expect(service.server.listening).toBe(false)
    slow.socket.resume()
    await eventually(() => slow.closed && idle.closed)
    expect(slow.received.length).toBeGreaterThan(size)
    expect(await drained).toEqual({ exitCode: 0, ...rest })
  })

  it('a request that comes on a connection which was there is answered', async () => {
    const service = await serve({ clock, announceMs: 0 })
    const connection = service.connect()
    connection.write('GET / HTTP/1.1\nhost')
    await eventually(() => connection.socket.bytesWritten > 0)
    await new Promise((resolve) => service.server.getConnections(resolve))
    const drained = service.life.drain()
    await clock.advance(999)
    connection.write(': a\n\n')
    await eventually(() => connection.closed)
    expect(connection.received).toContain('HTTP/1.1 200 OK')
    expect(await drained).toMatchObject({ exitCode: 0 })
  })

  it('a connection on which nothing comes is closed after a second', async () => {
    const service = await serve({ clock, announceMs: 0 })
    const silent = service.connect()
    await once(service.server, 'connection')
    const drained = service.life.drain()
    await clock.advance(999)
    expect(silent.closed).toBe(false)
    await clock.advance(1)
    expect(await drained).toEqual({ exitCode: 0, ...rest })
    await eventually(() => silent.closed)
  })

  it('asks for one drain, however often it is asked, and leaves no timer', async () => {
    const { life } = await serve({ clock })
    const drained = life.drain()
    expect(life.drain()).toBe(drained)
    await clock.advance(5_000)
    await drained
    expect(life.drain()).toBe(drained)
    expect(clock.pending).toBe(0)
    expect(wheelOf(clock).size).toBe(0)
  })
})

describe('when the time for what is under way is over', () => {
  const timing = { announceMs: 0, drainMs: 2_000 }

  it('the scopes are cut short, and who answers then is still heard', async () => {
    const reasons: unknown[] = []
    const scopes = {
      open: 1,
      abort(reason: unknown) {
        reasons.push(reason)
        for (const response of held) response.writeHead(503).end('cut')
      },
    }
    const service = await serve({ clock, scopes, ...timing }, hold)
    const answer = service.get('/')
    await eventually(() => held.length === 1)
    const drained = service.life.drain()
    await clock.advance(1_999)
    expect(reasons).toEqual([])
    await clock.advance(1)
    expect(reasons).toMatchObject([{ code: 'ERR_DRAINING' }])
    expect(await answer).toMatchObject({ status: 503, headers: { connection: 'close' } })
    expect(await drained).toEqual({ exitCode: 1, cut: 1, failures: [] })
  })

  it('who does not answer then is cut off a second later', async () => {
    const service = await serve({ clock, ...timing }, hold)
    const answer = service.get('/').catch((error: NodeJS.ErrnoException) => error.code)
    await eventually(() => held.length === 1)
    const drained = service.life.drain()
    await clock.advance(2_999)
    expect(service.life.phase).toBe('draining')
    await clock.advance(1)
    expect(await answer).toBe('ECONNRESET')
    expect(await drained).toEqual({ exitCode: 1, cut: 1, failures: [] })
  })

  it('a connection that has been upgraded is cut off, and is no request', async () => {
    const service = await serve({ clock, ...timing })
    service.server.on('upgrade', (_request: unknown, socket: NodeJS.WritableStream) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n')
    })
    const upgraded = service.connect()
    upgraded.write('GET / HTTP/1.1\nhost: a\nconnection: upgrade\nupgrade: test\n\n')
    await eventually(() => upgraded.received.includes('101'))
    const drained = service.life.drain()
    await clock.advance(1_999)
    expect(upgraded.closed).toBe(false)
    await clock.advance(1)
    expect(await drained).toEqual({ exitCode: 0, ...rest })
    await eventually(() => upgraded.closed)
  })
})

describe('cleanups', () => {
  const timing = { announceMs: 0, cleanupMs: 100 }

  it('begin when the last request has ended, and are waited for', async () => {
    const order: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const cleanup = async (): Promise<void> => {
      order.push('begins')
      await promise
      order.push('ends')
    }
    const service = await serve({ clock, cleanups: [cleanup], ...timing }, hold)
    const answer = service.get('/')
    await eventually(() => held.length === 1)
    held[0]?.once('close', () => order.push('answered'))
    const drained = service.life.drain().then(() => order.push('drained'))
    await clock.advance(500)
    held[0]?.end()
    await answer
    await eventually(() => order.includes('begins'))
    resolve()
    await drained
    expect(order).toEqual(['answered', 'begins', 'ends', 'drained'])
    expect(clock.pending).toBe(0)
  })

  it('that throw or do not end are told of, and keep the others from nothing', async () => {
    const thrown = [new Error('now'), new Error('later')]
    let ended = false
    const cleanups = [
      () => {
        throw thrown[0] as Error
      },
      () => Promise.reject(thrown[1] as Error),
      () => new Promise(() => {}),
      () => void (ended = true),
    ]
    const { life } = await serve({ clock, cleanups, ...timing })
    let report: DrainReport | undefined
    void life.drain().then((each) => (report = each))
    await clock.advance(0)
    await eventually(() => ended)
    await clock.advance(99)
    expect(report).toBeUndefined()
    await clock.advance(1)
    expect(report).toMatchObject({ exitCode: 1, cut: 0, failures: [...thrown, { code: 'ERR_TIMEOUT' }] })
  })
})

it('a server that never listened has nothing to drain', async () => {
  const { life, server } = await serve({ clock })
  server.close()
  await once(server, 'close')
  const drained = life.drain()
  await clock.advance(5_000)
  expect(await drained).toEqual({ exitCode: 0, ...rest })
})
