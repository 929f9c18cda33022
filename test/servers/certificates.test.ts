import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { certificates } from './certificates.ts'
import type { Certificates, Identity } from './certificates.ts'
import type { ServerTls } from './redis-config.ts'
import { redisServer } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'

let made: Certificates
beforeAll(async () => {
  made = await certificates()
})
afterAll(() => made.remove())

async function started(tls: ServerTls): Promise<RedisServer> {
  const server = await redisServer({ tls })
  onTestFinished(() => server.stop())
  return server
}

/** What a client that trusts the private authority hears of a PING. */
async function ping(
  { port }: RedisServer,
  identity?: Identity,
  options?: ConnectionOptions,
): Promise<string> {
  const own =
    identity === undefined ? {} : { cert: readFileSync(identity.cert), key: readFileSync(identity.key) }
  const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(made.ca), ...own, ...options })
  try {
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return reply.toString()
  } catch (error) {
    return String(error)
  } finally {
    socket.destroy()
  }
}

it('a server with the right certificate is trusted by address and by name', async () => {
  const server = await started(made.server)
  expect(server.url).toBe(`rediss://127.0.0.1:${server.port}`)
  expect(await ping(server)).toBe('+PONG\r\n')
  expect(await ping(server, undefined, { servername: 'localhost' })).toBe('+PONG\r\n')
  expect(await server.command('PING')).toBe('PONG')
})

it('a client that does not know the private authority refuses it', async () => {
  expect(await ping(await started(made.server), undefined, { ca: [] })).toContain(
    'self-signed certificate in certificate chain',
  )
})

it('a certificate for another host is refused', async () => {
  const server = await started(made.wrongHost)
  expect(await ping(server)).toContain("does not match certificate's altnames")
  expect(await server.command('PING'), 'the test may look in all the same').toBe('PONG')
})

it('a certificate of another authority is refused', async () => {
  expect(await ping(await started(made.otherAuthority))).toContain(
    'self-signed certificate in certificate chain',
  )
})

it('with mutual TLS only a client with a certificate of the authority comes in', async () => {
  const server = await started({ ...made.server, clientCertificate: true })
  expect(await ping(server, made.client)).toBe('+PONG\r\n')
  expect(await ping(server)).toContain('certificate required')
  expect(await ping(server, made.strangeClient)).toContain('unknown ca')
  expect(await server.command('PING')).toBe('PONG')
})

it('a server that speaks TLS speaks nothing else', async () => {
  const server = await started(made.server)
  expect(await server.command('CONFIG', 'GET', 'port')).toEqual(['port', '0'])
  const plain = await redisServer()
  onTestFinished(() => plain.stop())
  await plain.command('SET', 'key', 'value')
  await expect(plain.command('MIGRATE', '127.0.0.1', server.port, 'key', 0, 1_000)).rejects.toThrow('IOERR')
})
