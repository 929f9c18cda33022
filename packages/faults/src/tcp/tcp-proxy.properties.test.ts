import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { wheelOf } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { directions } from './tcp-faults.ts'
import type { Direction, TcpFaults } from './tcp-faults.ts'
import { tcpProxy } from './tcp-proxy.ts'

type Step =
  | { readonly type: 'write'; readonly direction: Direction; readonly length: number }
  | { readonly type: 'set'; readonly direction: Direction; readonly faults: TcpFaults }
  | { readonly type: 'pass'; readonly ms: number }

const direction = fc.constantFrom(...directions)
const faults: fc.Arbitrary<TcpFaults> = fc.record(
  { delayMs: around(20), bytesPerSecond: fc.constantFrom(1, 1_000, 1e6), hold: fc.boolean() },
  { requiredKeys: [] },
)
const writing = fc.record({
  type: fc.constant('write' as const),
  direction,
  length: fc.oneof(around(100), around(2 ** 17)),
})
const setting = fc.record({ type: fc.constant('set' as const), direction, faults })
const passing = fc.record({ type: fc.constant('pass' as const), ms: around(20) })
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(writing, setting, passing), { maxLength: 20 })

/** Bytes that show by their values where in the stream they belong. */
function numbered(from: number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (from + index) % 251))
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

describe('a proxy', () => {
  test('hands on every byte in order in each direction, whatever delays, throttles and holds come and go', async () => {
    const server = createServer({ allowHalfOpen: true })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const target = { port: (server.address() as AddressInfo).port }
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const clock = new VirtualClock()
        const proxy = await tcpProxy({ target, clock })
        const accepted = once(server, 'connection')
        const near = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
        const far: Socket = (await accepted)[0]
        const senders = { 'to-target': near, 'from-target': far }
        const sent = { 'to-target': 0, 'from-target': 0 }
        const arrived = Promise.all([all(far), all(near)])
        for (const step of story) {
          if (step.type === 'set') proxy.set(step.faults, step.direction)
          if (step.type === 'pass') await clock.advance(step.ms)
          if (step.type !== 'write') continue
          senders[step.direction].write(numbered(sent[step.direction], step.length))
          sent[step.direction] += step.length
        }
        near.end()
        far.end()
        proxy.clear()
        const [toTarget, fromTarget] = await arrived
        expect(toTarget.equals(numbered(0, sent['to-target']))).toBe(true)
        expect(fromTarget.equals(numbered(0, sent['from-target']))).toBe(true)
        const { bytes } = proxy.statistics()
        for (const each of directions) {
          expect(bytes[each]).toEqual({ received: sent[each], forwarded: sent[each] })
        }
        await proxy.stop()
        expect(proxy.statistics().open).toBe(0)
        expect(wheelOf(clock).size).toBe(0)
      }),
      { numRuns: 60 },
    )
    server.close()
  })
})
