import { readFileSync } from 'node:fs'
import type { ShareEvent } from '@holdfast/core'
import { redisShare } from '@holdfast/redis'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { guard } from '../../packages/redis/src/retinue.ts'
import { certificates, eventually, redisCluster, redisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'

const made = certificates()
const read = (path: string): string => readFileSync(path, 'utf8')

it('a server with a certificate of a private authority is trusted where that is given', async () => {
  const { ca, server: tls } = await made
  await using server = await redisServer({ tls })
  await using one = new Listening({ url: server.url, tls: { ca: read(ca) } })
  await one.connected()
  expect(await one.look('inventory')).toBe('look')
})

it('a server whose authority nobody trusts is refused, and the reason says what to give', async () => {
  const { server: tls } = await made
  await using server = await redisServer({ tls })
  await using one = new Listening({ url: server.url })
  expect(await one.refused()).toMatchObject({
    reason: 'not trusted',
    message: expect.stringContaining('tls.ca'),
  })
  expect(await one.look('inventory')).toBe('not trusted')
  expect(one.connections).toBe(0)
})

it('a server that shows a certificate of another authority is refused', async () => {
  const { ca, otherAuthority: tls } = await made
  await using server = await redisServer({ tls })
  await using one = new Listening({ url: server.url, tls: { ca: read(ca) } })
  expect(await one.refused()).toMatchObject({
    reason: 'not trusted',
    message: expect.stringContaining('authority'),
  })
})

it('a server whose certificate is for another host is refused, unless that name is asked for', async () => {
  const { ca, wrongHost: tls } = await made
  await using server = await redisServer({ tls })
  await using one = new Listening({ url: server.url, tls: { ca: read(ca) } })
  expect(await one.refused()).toMatchObject({
    reason: 'not trusted',
    message: expect.stringContaining('another host'),
  })
  await using other = new Listening({ url: server.url, tls: { ca: read(ca), servername: 'elsewhere.test' } })
  await other.connected()
})

it('no variable of the environment switches the verification off', async () => {
  const { server: tls } = await made
  await using server = await redisServer({ tls })
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    await using one = new Listening({ url: server.url })
    expect((await one.refused()).reason).toBe('not trusted')
  } finally {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  }
})

it('a server that asks for a certificate lets in who has one', async () => {
  const { ca, server: identity, client } = await made
  await using server = await redisServer({ tls: { ...identity, clientCertificate: true } })
  await using stranger = new Listening({ url: server.url, tls: { ca: read(ca) } })
  const known = { ca: read(ca), cert: read(client.cert), key: read(client.key) }
  await using one = new Listening({ url: server.url, tls: known })
  await one.connected()
  expect(await one.look('inventory')).toBe('look')
  expect(await stranger.look('inventory')).not.toBe('look')
  expect(stranger.connections).toBe(0)
})

it('a server that does not speak TLS is never spoken to without it', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url.replace('redis:', 'rediss:') })
  await eventually('two attempts have failed', () => one.failures.length >= 2)
  expect(await one.look('inventory')).toBe('unreachable')
  expect(one.connections).toBe(0)
})

it('the nodes of a cluster have to show who they are too', async () => {
  const { ca, server: tls } = await made
  await using cluster = await redisCluster({ replicas: 0, tls })
  const nodes = cluster.nodes.map(({ port }) => ({ host: 'localhost', port }))
  await using trusting = new Listening({ cluster: { nodes }, tls: { ca: read(ca) } })
  await using untrusting = new Listening({ cluster: { nodes }, tls: true })
  await trusting.connected()
  expect([await trusting.look('a'), await trusting.look('b'), await trusting.look('c')]).toEqual([
    'look',
    'look',
    'look',
  ])
  expect((await untrusting.refused()).reason).toBe('not trusted')
})

it('a socket that complains again after it was given up does not end the process', async () => {
  await using server = await redisServer()
  const client = new Redis({ port: server.port, lazyConnect: true })
  client.on('error', () => {})
  guard(client)
  await client.connect()
  const { stream } = client
  const complain = (): boolean => stream.emit('error', new Error('alert'))
  for (let times = 0; times < 3; times++) expect(complain).not.toThrow()
  client.disconnect()
})

it('a share says why it is on its own', async () => {
  const { server: tls } = await made
  await using server = await redisServer({ tls })
  const share = redisShare({ url: server.url })
  const events: ShareEvent[] = []
  share.on((event) => events.push(event))
  await eventually('it says so', () => events.length > 0)
  expect(events).toMatchObject([{ type: 'share.degraded', reason: 'not trusted' }])
  expect(share.degraded).toBe(true)
  await share.stop()
})
