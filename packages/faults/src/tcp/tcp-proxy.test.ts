import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { HoldfastConfigError, systemClock, wheelOf } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { expect, it, onTestFinished } from 'vitest'
import { tcpProxy } from './tcp-proxy.ts'
import type { TcpProxy, TcpProxyOptions } from './tcp-proxy.ts'

/** One end of a connection, and what it has heard. */
interface End {
  readonly socket: Socket
  readonly text: () => string
  readonly heard: () => string
}

interface Joined {
  readonly near: End
  readonly far: End
}

interface Stage {
  readonly proxy: TcpProxy
  readonly clock: VirtualClock
  /** A client, and the socket that the server has for it. */
  readonly join: () => Promise<Joined>
}

function endOf(socket: Socket): End {
  let text = ''
  let heard = 'nothing'
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('end', () => (heard = 'end'))
  socket.on('error', (error: NodeJS.ErrnoException) => (heard = error.code ?? error.message))
  return { socket, text: () => text, heard: () => heard }
}

async function stage(options: Partial<TcpProxyOptions> = {}): Promise<Stage> {
  const clock = new VirtualClock()
  const server = createServer({ allowHalfOpen: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const target = { port: (server.address() as AddressInfo).port }
  const proxy = await tcpProxy({ target, clock, ...options })
  const sockets: Socket[] = []
  onTestFinished(() => {
    void proxy.stop()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const join: Stage['join'] = async () => {
    const accepted = once(server, 'connection')
    const near = endOf(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
    const far = endOf((await accepted)[0])
    sockets.push(near.socket, far.socket)
    return { near, far }
  }
  return { proxy, clock, join }
}

/** Lets the event loop turn until something is so, or too long has passed. */
async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 15_000
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`never: ${isSo}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What an end hears first: its stream's end, or an error. */
async function hearing(end: End): Promise<string> {
  await until(() => end.heard() !== 'nothing')
  return end.heard()
}

/** How many bytes wait in the proxy on their way to the target. */
function kept(proxy: TcpProxy): number {
  const { received, forwarded } = proxy.statistics().bytes['to-target']
  return received - forwarded
}

/** Long enough for what is in a socket already to come out of it. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

it('bytes and the end of the stream go through, in each direction by itself', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  near.socket.end('question')
  expect(await hearing(far)).toBe('end')
  expect(far.text()).toBe('question')
  expect(near.heard()).toBe('nothing')
  far.socket.end('answer')
  expect(await hearing(near)).toBe('end')
  expect(near.text()).toBe('answer')
  await until(() => proxy.statistics().open === 0)
  expect(proxy.statistics()).toEqual({
    accepted: 1,
    open: 0,
    bytes: {
      'to-target': { received: 8, forwarded: 8 },
      'from-target': { received: 6, forwarded: 6 },
    },
  })
})

it('a delayed direction arrives that much later, and the other at once', async () => {
  const { proxy, clock, join } = await stage()
  const { near, far } = await join()
  proxy.set({ delayMs: 100 }, 'from-target')
  near.socket.write('question')
  await until(() => far.text() === 'question')
  far.socket.write('answer')
  await proxy.received('from-target', 6)
  await clock.advance(99)
  expect(proxy.statistics().bytes['from-target'].forwarded).toBe(0)
  await clock.advance(1)
  await until(() => near.text() === 'answer')
})

it('a delay that is drawn is another for each chunk, and none overtakes another', async () => {
  const draws = [0.9, 0.1, 0.5]
  const { proxy, clock, join } = await stage({ random: () => draws.shift() ?? 0 })
  const { near, far } = await join()
  proxy.set({ delayMs: { kind: 'uniform', leastMs: 0, mostMs: 100 } }, 'to-target')
  for (const [index, letter] of ['a', 'b'].entries()) {
    near.socket.write(letter)
    await proxy.received('to-target', index + 1)
  }
  await clock.advance(89)
  expect(proxy.statistics().bytes['to-target'].forwarded).toBe(0)
  await clock.advance(1)
  await until(() => far.text() === 'ab')
  near.socket.write('c')
  await proxy.received('to-target', 3)
  await clock.advance(50)
  await until(() => far.text() === 'abc')
})

it('the end of a stream is as late as its bytes', async () => {
  const { proxy, clock, join } = await stage()
  const { near, far } = await join()
  proxy.set({ delayMs: 100 })
  near.socket.end('question')
  await proxy.received('to-target', 8)
  await turns()
  await clock.advance(99)
  await turns()
  expect([far.text(), far.heard()]).toEqual(['', 'nothing'])
  await clock.advance(1)
  expect(await hearing(far)).toBe('end')
  expect(far.text()).toBe('question')
})

it('bytes that are under way follow a change of the delay', async () => {
  const { proxy, clock, join } = await stage()
  const { near, far } = await join()
  proxy.set({ delayMs: 1_000 })
  near.socket.write('question')
  await proxy.received('to-target', 8)
  await clock.advance(10)
  proxy.set({ delayMs: 20 })
  await clock.advance(9)
  expect(proxy.statistics().bytes['to-target'].forwarded).toBe(0)
  await clock.advance(1)
  await until(() => far.text() === 'question')
})

it('a throttled direction carries so many bytes a second', async () => {
  const { proxy, clock, join } = await stage()
  const { near, far } = await join()
  proxy.set({ bytesPerSecond: 1_000 }, 'to-target')
  near.socket.write('x'.repeat(100))
  await proxy.received('to-target', 100)
  await clock.advance(50)
  expect(proxy.statistics().bytes['to-target'].forwarded).toBe(50)
  await clock.advance(50)
  await until(() => far.text().length === 100)
})

it('what was held before a throttle is throttled too', async () => {
  const { proxy, clock, join } = await stage()
  const { near } = await join()
  proxy.set({ hold: true })
  near.socket.write('x'.repeat(100))
  await proxy.received('to-target', 100)
  await clock.advance(5_000)
  proxy.set({ bytesPerSecond: 1_000 })
  await clock.advance(20)
  expect(proxy.statistics().bytes['to-target'].forwarded).toBe(20)
})

it('a held direction lets the other overtake it, and hands on in order when it is let go', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  proxy.set({ hold: true }, 'from-target')
  far.socket.write('push ')
  await proxy.received('from-target', 5)
  near.socket.write('question')
  await until(() => far.text() === 'question')
  far.socket.write('answer')
  await proxy.received('from-target', 11)
  await turns()
  expect(near.text()).toBe('')
  proxy.clear('from-target')
  await until(() => near.text() === 'push answer')
})

it('a black hole loses the reply to what the server has done, and a connection with a gap is not mended', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  const idle = await join()
  proxy.set({ blackHole: true }, 'from-target')
  near.socket.write('question')
  await until(() => far.text() === 'question')
  far.socket.write('answer')
  await proxy.received('from-target', 6)
  await turns()
  expect([near.text(), near.heard()]).toEqual(['', 'nothing'])
  proxy.clear()
  expect([await hearing(near), await hearing(far)]).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(near.text()).toBe('')
  idle.far.socket.write('still here')
  await until(() => idle.near.text() === 'still here')
})

it('a black hole swallows what the receiver has no room for', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  far.socket.pause()
  const all = 32 * 2 ** 20
  near.socket.write(Buffer.alloc(all, 'x'))
  await until(() => kept(proxy) > 2 ** 19)
  proxy.set({ blackHole: true }, 'to-target')
  await proxy.received('to-target', all)
  expect(proxy.statistics().bytes['to-target'].forwarded).toBeLessThan(all)
})

it('behind a black hole nobody hears that the other side is gone', async () => {
  const { proxy, join } = await stage()
  const ended = await join()
  const broken = await join()
  proxy.set({ blackHole: true }, 'from-target')
  ended.far.socket.end()
  broken.far.socket.resetAndDestroy()
  await once(broken.far.socket, 'close')
  await turns()
  expect([ended.near.heard(), broken.near.heard()]).toEqual(['nothing', 'nothing'])
  proxy.clear()
  expect([await hearing(ended.near), await hearing(broken.near)]).toEqual(['ECONNRESET', 'ECONNRESET'])
})

it('a reset is heard as one on both sides, even by a side that has ended', async () => {
  const { proxy, join } = await stage()
  const whole = await join()
  const half = await join()
  half.near.socket.end()
  await until(() => half.far.heard() === 'end')
  proxy.reset()
  const reading = [whole.near, whole.far, half.near]
  for (const each of reading) expect(await hearing(each)).toBe('ECONNRESET')
  await until(() => proxy.statistics().open === 0)
})

it('a reset in the turn of an end leaves nothing open', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  proxy.set({ hold: true }, 'to-target')
  near.socket.end('question')
  await proxy.received('to-target', 8)
  await turns()
  proxy.clear()
  proxy.reset()
  expect(await hearing(near)).toBe('ECONNRESET')
  expect(await hearing(far)).not.toBe('nothing')
  await until(() => proxy.statistics().open === 0)
})

/** Sends pieces to a receiver that does not read, until the proxy keeps some, or the given number; returns how many. */
async function fill(proxy: TcpProxy, { near, far }: Joined, pieces: number): Promise<number> {
  far.socket.pause()
  for (let sent = 0; sent < pieces; sent++) {
    const { received } = proxy.statistics().bytes['to-target']
    near.socket.write(Buffer.alloc(2 ** 13))
    await proxy.received('to-target', received + 2 ** 13)
    if (kept(proxy) > 0) return sent
  }
  return pieces
}

it('a reset does not wait for an end that waits behind bytes', async () => {
  const first = await stage()
  const room = await fill(first.proxy, await first.join(), Infinity)
  const { proxy, join } = await stage()
  const joined = await join()
  await fill(proxy, joined, room - 2)
  joined.near.socket.end()
  await turns()
  proxy.reset()
  await until(() => proxy.statistics().open === 0)
  joined.far.socket.resume()
  expect(await hearing(joined.far)).toBe('ECONNRESET')
})

it('a reset by one side reaches the other, after the bytes before it', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  proxy.set({ hold: true }, 'to-target')
  near.socket.write('last words')
  await proxy.received('to-target', 10)
  near.socket.resetAndDestroy()
  await turns()
  expect([far.text(), far.heard()]).toEqual(['', 'nothing'])
  proxy.clear()
  expect(await hearing(far)).toBe('ECONNRESET')
})

it('a side that ends and then is gone breaks off what the other still sends', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  near.socket.end()
  expect(await hearing(far)).toBe('end')
  near.socket.destroy()
  await once(near.socket, 'close')
  // One write for each of the two sockets on the way to find out.
  await until(() => {
    far.socket.write('for nobody')
    return far.heard() !== 'end'
  })
  expect(['ECONNRESET', 'EPIPE']).toContain(far.heard())
  await until(() => proxy.statistics().open === 0)
})

it('a share of the connections is reset, and a share of the newcomers', async () => {
  const draws = [0.4, 0.5, 0.4, 0.5]
  const { proxy, join } = await stage({ random: () => draws.shift() ?? 0 })
  const [first, second] = [await join(), await join()]
  proxy.reset(0.5)
  expect(await hearing(first.near)).toBe('ECONNRESET')
  second.near.socket.write('still here')
  await until(() => second.far.text() === 'still here')
  proxy.refuse(0.5)
  expect(await hearing(endOf(connect(proxy.port, '127.0.0.1')))).toBe('ECONNRESET')
  const third = await join()
  third.near.socket.write('let in')
  await until(() => third.far.text() === 'let in')
  await proxy.accept()
  const last = endOf(connect(proxy.port, '127.0.0.1'))
  await until(() => proxy.statistics().accepted === 4 || last.heard() !== 'nothing')
  expect(last.heard()).toBe('nothing')
  expect(() => proxy.reset(1.5)).toThrow('tcpProxy: ratio must be a number from 0 to 1, not 1.5')
})

it('newcomers are refused until they are accepted again, at the same port', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  const { port } = proxy
  proxy.refuse()
  const refused = endOf(connect(port, '127.0.0.1'))
  expect(await hearing(refused)).toBe('ECONNREFUSED')
  near.socket.write('still here')
  await until(() => far.text() === 'still here')
  await proxy.accept()
  expect(proxy.port).toBe(port)
  const later = await join()
  later.near.socket.write('here too')
  await until(() => later.far.text() === 'here too')
})

it('a port that is refused while it opens does not open', async () => {
  const { proxy } = await stage()
  proxy.refuse()
  const accepted = proxy.accept()
  proxy.refuse()
  await accepted
  const refused = endOf(connect(proxy.port, '127.0.0.1'))
  expect(await hearing(refused)).toBe('ECONNREFUSED')
})

it('accepting rejects where somebody took the port meanwhile', async () => {
  const { proxy } = await stage()
  proxy.refuse()
  const thief = createServer()
  await once(thief.listen(proxy.port, '127.0.0.1'), 'listening')
  await expect(proxy.accept()).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await new Promise((resolve) => thief.close(resolve))
  await proxy.accept()
})

it('each connection is cut after so many more bytes, and the receiver has just these', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  far.socket.write('$6\r\n')
  await until(() => near.text() === '$6\r\n')
  proxy.set({ cutAfterBytes: 3 }, 'from-target')
  const other = await join()
  far.socket.write('answer\r\n')
  expect(await hearing(near)).toBe('end')
  expect(await hearing(far)).not.toBe('nothing')
  expect(near.text()).toBe('$6\r\nans')
  other.far.socket.write('an')
  await until(() => other.near.text() === 'an')
  expect(other.near.heard()).toBe('nothing')
  other.far.socket.write('swer')
  await until(() => other.near.heard() === 'end')
  expect(other.near.text()).toBe('ans')
})

it('a cut after no byte closes what is open', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  proxy.set({ cutAfterBytes: 0 }, 'to-target')
  expect(await hearing(far)).toBe('end')
  expect(await hearing(near)).not.toBe('nothing')
})

it('a cut after no byte closes newcomers', async () => {
  const { proxy } = await stage()
  proxy.set({ cutAfterBytes: 0 })
  const newcomer = endOf(connect(proxy.port, '127.0.0.1'))
  expect(await hearing(newcomer)).not.toBe('nothing')
  await until(() => proxy.statistics().open === 0)
})

it('a replay hands on the last chunk again', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  const silent = await join()
  far.socket.write('one ')
  await until(() => near.text() === 'one ')
  far.socket.write('two ')
  await until(() => near.text() === 'one two ')
  expect(proxy.replay('from-target')).toBe(1)
  await until(() => near.text() === 'one two two ')
  expect(proxy.replay('to-target')).toBe(0)
  expect(silent.near.text()).toBe('')
})

const line = (bytes: Buffer): number | undefined => bytes.indexOf('\n') + 1 || undefined

it('a replay of frames finds the newest that matches, and waits for one that is passing', async () => {
  const { proxy, join } = await stage({ frameLength: line })
  const { near, far } = await join()
  far.socket.write('>push 1\n>push 2\n+OK\n+be')
  await until(() => near.text().endsWith('+be'))
  expect(proxy.replay('from-target', (frame) => frame[0] === 0x3e)).toBe(1)
  expect(proxy.replay('from-target', (frame) => frame[0] === 0x2d)).toBe(0)
  far.socket.write('gun\n+more')
  await until(() => near.text().endsWith('+more'))
  expect(near.text()).toBe('>push 1\n>push 2\n+OK\n+begun\n>push 2\n+more')
})

it('a replay goes through the same faults, and does not follow the end', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  far.socket.write('push ')
  await until(() => near.text() === 'push ')
  proxy.set({ hold: true }, 'from-target')
  proxy.replay('from-target')
  far.socket.end('more')
  await proxy.received('from-target', 9)
  await turns()
  expect(near.text()).toBe('push ')
  expect(proxy.replay('from-target')).toBe(0)
  proxy.clear()
  expect(await hearing(near)).toBe('end')
  expect(near.text()).toBe('push push more')
})

it('a sender is slowed down by what is held, and nothing of it is missing in the end', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  proxy.set({ hold: true }, 'to-target')
  const all = 16 * 2 ** 20
  near.socket.write(Buffer.alloc(all, 'x'))
  await proxy.received('to-target', 2 ** 20 - 2 ** 16)
  await turns()
  expect(proxy.statistics().bytes['to-target'].received).toBeLessThan(2 ** 20 + 2 ** 17)
  proxy.clear()
  await until(() => far.text().length === all)
})

it('a receiver that does not read slows the sender down', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  far.socket.pause()
  const all = 64 * 2 ** 20
  near.socket.write(Buffer.alloc(all, 'x'))
  await until(() => kept(proxy) >= 2 ** 20 - 2 ** 16)
  await turns()
  expect(kept(proxy)).toBeLessThan(2 ** 20 + 2 ** 17)
  far.socket.resume()
  await until(() => far.text().length === all)
})

it('a receiver that goes without having read ends the connection', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  far.socket.pause()
  near.socket.write(Buffer.alloc(64 * 2 ** 20, 'x'))
  await proxy.received('to-target', 2 ** 20)
  far.socket.resetAndDestroy()
  expect(['ECONNRESET', 'EPIPE']).toContain(await hearing(near))
  await until(() => proxy.statistics().open === 0)
})

it('a target that cannot be reached is a reset to the client', async () => {
  const nobody = createServer()
  await once(nobody.listen(0, '127.0.0.1'), 'listening')
  const { port } = nobody.address() as AddressInfo
  await new Promise((resolve) => nobody.close(resolve))
  const proxy = await tcpProxy({ target: { port } })
  const client = endOf(connect(proxy.port, '127.0.0.1'))
  expect(await hearing(client)).toBe('ECONNRESET')
  await proxy.stop()
})

it('a stop leaves no socket and no timer, whatever was held', async () => {
  const { proxy, clock, join } = await stage()
  const held = await join()
  const half = await join()
  proxy.set({ delayMs: 1_000 }, 'to-target')
  proxy.set({ hold: true }, 'from-target')
  held.near.socket.write('question')
  held.far.socket.write('answer')
  half.near.socket.end()
  await proxy.received('to-target', 8)
  await proxy.received('from-target', 6)
  expect(wheelOf(clock).size).toBeGreaterThan(0)
  const waiting = proxy.received('to-target', 9)
  await Promise.all([proxy.stop(), proxy.stop(), expect(waiting).rejects.toThrow('after 8 of 9 bytes')])
  expect(proxy.statistics().open).toBe(0)
  expect(wheelOf(clock).size).toBe(0)
  const ends = [held.near, held.far, half.near, half.far]
  await until(() => ends.every((each) => each.heard() !== 'nothing'))
  const late = endOf(connect(proxy.port, '127.0.0.1'))
  expect(await hearing(late)).toBe('ECONNREFUSED')
  await expect(proxy.accept()).rejects.toThrow('has stopped')
})

it('stops where it is disposed of', async () => {
  const { proxy } = await stage()
  await proxy[Symbol.asyncDispose]()
  const late = endOf(connect(proxy.port, '127.0.0.1'))
  expect(await hearing(late)).toBe('ECONNREFUSED')
})

it('takes its time from the machine’s clock unless it is told otherwise', async () => {
  const { proxy, join } = await stage({ clock: undefined as never })
  const { near } = await join()
  proxy.set({ delayMs: 1_000_000 }, 'to-target')
  near.socket.write('question')
  await proxy.received('to-target', 8)
  expect(wheelOf(systemClock).size).toBe(1)
  await proxy.stop()
  expect(wheelOf(systemClock).size).toBe(0)
})

it('a delay carries more than it can hold at once, piece by piece', async () => {
  const { proxy, clock, join } = await stage()
  const { near, far } = await join()
  proxy.set({ delayMs: 100 }, 'to-target')
  const all = 4 * 2 ** 20
  near.socket.end(Buffer.alloc(all, 'x'))
  await until(() => {
    clock.tick(100)
    return far.heard() === 'end'
  })
  expect(far.text().length).toBe(all)
})

it('faults that cannot be are refused, and change nothing', async () => {
  const { proxy, join } = await stage()
  const { near, far } = await join()
  const odd: readonly (readonly [object, string])[] = [
    [
      { delayMs: -1 },
      'tcpProxy: delayMs must be a finite number of milliseconds of at least 0, or a distribution, not -1',
    ],
    [{ delayMs: Infinity }, 'not Infinity'],
    [{ bytesPerSecond: 0 }, 'tcpProxy: bytesPerSecond must be a finite number above 0, not 0'],
    [{ bytesPerSecond: NaN }, 'not NaN'],
    [{ cutAfterBytes: 0.5 }, 'tcpProxy: cutAfterBytes must be an integer of at least 0, not 0.5'],
    [{ cutAfterBytes: -1 }, 'not -1'],
    [{ hold: 1 }, 'tcpProxy: hold must be true or false, not 1'],
    [{ hold: true, loss: 1 }, "tcpProxy: unknown option 'loss'; known are delayMs,"],
  ]
  for (const [faults, message] of odd) {
    expect(() => proxy.set(faults)).toThrow(HoldfastConfigError)
    expect(() => proxy.set(faults)).toThrow(message)
  }
  expect(() => proxy.set({ hold: true }, 'sideways' as never)).toThrow(
    'direction must be one of to-target, from-target',
  )
  proxy.set({ hold: undefined } as object)
  near.socket.write('question')
  await until(() => far.text() === 'question')
})

it('TLS goes through, for bytes are bytes', async () => {
  const key = Buffer.alloc(16, 7)
  const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
  const server = createTlsServer({ ...tls, pskCallback: () => key })
  server.on('secureConnection', (socket) => socket.pipe(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy = await tcpProxy({ target: { port: (server.address() as AddressInfo).port } })
  const pskCallback = (): { psk: Buffer; identity: string } => ({ psk: key, identity: 'client' })
  const client = connectTls({ ...tls, port: proxy.port, pskCallback, checkServerIdentity: () => undefined })
  client.write('secret')
  expect(String((await once(client, 'data'))[0])).toBe('secret')
  expect(proxy.statistics().bytes['to-target'].received).toBeGreaterThan(6)
  client.destroy()
  await proxy.stop()
  server.close()
})
