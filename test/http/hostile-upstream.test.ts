import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../servers/index.ts'
import { ok } from './behaviour.ts'
import { early } from './behaviours/answers.ts'
import { slowBody } from './behaviours/stalls.ts'
import { hostilities } from './hostilities.ts'
import { HostileUpstream } from './hostile-upstream.ts'

let upstream: HostileUpstream
const sockets: Socket[] = []

beforeEach(async () => {
  upstream = await HostileUpstream.start()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await upstream.stop()
})

interface Client {
  readonly socket: Socket
  readonly closed: Promise<void>
  received: string
  error: Error | undefined
}

/** A connection that writes `text`. */
function client(text: string): Client {
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const made: Client = { socket, closed, received: '', error: undefined }
  sockets.push(socket)
  socket.setEncoding('latin1').on('data', (more: string) => (made.received += more))
  socket.on('error', (error) => (made.error = error))
  socket.write(text.replaceAll('\n', '\r\n'))
  return made
}

const named = (name: string): (typeof hostilities)[number] => {
  const found = hostilities.find((each) => each.name === name)
  if (found === undefined) throw new Error(`nothing is named ${name}`)
  return found
}

const get = 'GET / HTTP/1.1\nhost: a\n\n'

it('names each of its behaviours once', () => {
  const names = hostilities.map(({ name }) => name)
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted())
  expect(names.length).toBeGreaterThan(50)
})

describe('requests', () => {
  it('are read with their bodies, one after the other on a connection', async () => {
    const { socket } = client(`${get}POST /a HTTP/1.1\ncontent-length: 3\n\nabc`)
    socket.write('PUT /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab')
    await eventually('two are answered', () => upstream.seen.length === 3)
    expect(upstream.seen[2]?.request.whole).toBe(false)
    socket.write('c\r\n0\r\n\r\n')
    await eventually('the third has come', () => upstream.seen[2]?.request.whole)
    const read = upstream.seen.map(({ connection, request: { method, path, bodyBytes } }) => ({
      connection,
      method,
      path,
      bodyBytes,
    }))
    expect(read).toEqual([
      { connection: 1, method: 'GET', path: '/', bodyBytes: 0 },
      { connection: 1, method: 'POST', path: '/a', bodyBytes: 3 },
      { connection: 1, method: 'PUT', path: '/b', bodyBytes: 13 },
    ])
  })

  it('are treated as listed, then all alike', async () => {
    const [busy, none] = [named('answers 503'), named('sends a body with 204')]
    upstream.behave([busy, ok], none)
    const statuses: number[] = []
    for (let each = 0; each < 4; each++) statuses.push((await fetch(upstream.url)).status)
    expect(statuses).toEqual([503, 200, 204, 204])
  })

  it('on a connection that was kept do not use up what is meant for a new one', async () => {
    expect((await fetch(upstream.url)).status).toBe(200)
    upstream.behave([named('closes on accept'), named('answers 503')])
    client(get.replace('GET', 'HEAD'))
    await eventually('a new one was refused', () => upstream.open === 1)
    expect((await fetch(upstream.url)).status).toBe(503)
  })

  it('do not come to a connection that is reset on accept', async () => {
    upstream.behave([named('resets on accept')])
    const made = client(get)
    await made.closed
    expect(made.error).toMatchObject({ code: 'ECONNRESET' })
    expect(upstream.seen).toEqual([])
  })
})

describe('what is said of a behaviour', () => {
  it.each([
    ['resets after the request', '', true],
    ['half-closes after the request', '', false],
    ['resets after the status line', 'HTTP/1.1 200 OK\n', true],
    ['resets amid the headers', 'HTTP/1.1 200 OK\ncontent-length: 2\nx-unfini', true],
    ['half-closes amid the body', 'HTTP/1.1 200 OK\ncontent-length: 100\n\nhalf', false],
  ] as const)('is so: %s', async (name, received, reset) => {
    upstream.behave([], named(name))
    const made = client(get)
    await made.closed
    expect(made.received.replaceAll('\r', '')).toBe(received)
    expect(made.error === undefined).toBe(!reset)
  })

  it('is so of a body that comes in pieces', async () => {
    upstream.behave([slowBody])
    const made = client(get)
    await eventually('a part has come', () => made.received.includes('\r\n\r\noo'))
    expect(made.received).not.toContain('o'.repeat(18))
    await eventually('all has come', () => made.received.endsWith('o'.repeat(18)))
  })

  it('is so of an answer that does not wait for the request', async () => {
    upstream.behave([], early[0])
    const made = client('POST / HTTP/1.1\ncontent-length: 100\n\n')
    await eventually('it has come', () => made.received.endsWith('ok'))
    expect(upstream.seen[0]?.request.whole).toBe(false)
  })
})

describe('connections', () => {
  it('are counted until they are closed', async () => {
    const [first, second] = [client(get), client(get)]
    await eventually('both are open', () => upstream.open === 2)
    first.socket.end()
    await eventually('one has gone', () => upstream.open === 1)
    second.socket.resetAndDestroy()
    await eventually('both have gone', () => upstream.open === 0)
    expect(upstream.seen).toHaveLength(2)
  })

  it('that are at rest are ended, the others not', async () => {
    upstream.behave([ok, named('never answers')])
    const rests = client(get)
    await eventually('it is answered', () => rests.received.endsWith('ok'))
    client(get)
    await eventually('it is asked', () => upstream.seen.length === 2)
    upstream.endAtRest()
    await rests.closed
    await eventually('one has gone', () => upstream.open < 2)
    expect(upstream.open).toBe(1)
  })

  it('that nobody reads from are still seen to close', async () => {
    upstream.behave([], named('never reads'))
    const made = client(get)
    await eventually('it is open', () => upstream.open === 1)
    upstream.endAtRest()
    expect(upstream.open).toBe(1)
    made.socket.destroy()
    await made.closed
    await eventually('it has gone', () => upstream.open === 0)
    expect(upstream.seen).toEqual([])
  })

  it('are all closed when it stops, whatever they are in the middle of', async () => {
    upstream.behave([named('never reads')], named('trickles the headers'))
    const clients = [client(get), client(get)]
    await eventually('both are open', () => upstream.open === 2 && upstream.seen.length === 1)
    await upstream.stop()
    await Promise.all(clients.map(({ closed }) => closed))
    expect(upstream.open).toBe(0)
    upstream = await HostileUpstream.start()
  })
})
