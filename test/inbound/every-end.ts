import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { bulkhead, timeout } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import { eventually, send, serve, turns } from '@holdfast/test-servers/loopback'
import { seededRandom } from '@holdfast/testing'
import { expect, it, onTestFinished } from 'vitest'
import type { Adapter, Work } from './adapter.ts'
import { isIdle, openSite } from './site.ts'

/** Every way in which work may end, or not end. */
const ends: readonly Work[] = [
  (exchange) => exchange.answer(200, 'ok'),
  async (exchange) => {
    await turns(3)
    exchange.answer(200, 'later')
  },
  () => {
    throw new Error('at once')
  },
  async () => {
    await turns(2)
    throw new Error('later')
  },
  (exchange) => exchange.stream(Readable.from(parts(false))),
  (exchange) => exchange.stream(Readable.from(parts(true))),
  (exchange) => void exchange.hijack().end('taken'),
  (exchange) => void exchange.hijack().destroy(),
  (exchange) => void exchange.hijack().socket?.destroy(),
  () => {},
  () =>
    new Promise((_resolve, reject) => {
      const signal = currentScope()?.signal
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
  async (exchange) => {
    await turns(300)
    try {
      exchange.answer(200, 'late, perhaps')
    } catch {}
  },
]

async function* parts(breakOff: boolean): AsyncGenerator<string> {
  for (let part = 0; part < 3; part++) {
    yield 'part'
    await turns(1)
  }
  if (breakOff) throw new Error('in the middle')
}

export function everyEnd(adapter: Adapter): void {
  it.each([1, 2, 3])('end in every way, and every permit comes back (seed %d)', async (seed) => {
    const random = seededRandom(seed)
    const draw = (count: number): number => Math.floor(random() * count)
    const outer = bulkhead({ limit: 30 })
    const inner = bulkhead({ limit: 4, queue: { size: 10, maximumWaitMs: 20 } })
    let mostRunning = 0
    const drawn: Work = (exchange) => {
      mostRunning = Math.max(mostRunning, inner.statistics().running)
      return ends[draw(ends.length)]?.(exchange)
    }
    const server = await adapter.serverOf({
      doors: [
        [timeout({ durationMs: 60 }), outer],
        [timeout({ durationMs: 40 }), inner],
      ],
      work: (exchange) => (ended ? exchange.answer(200, 'ok') : drawn(exchange)),
    })
    let ended = false
    const url = await serve(server)
    const one = async (): Promise<void> => {
      const client = send(url, { method: draw(2) === 0 ? 'GET' : 'POST' })
      const closed = new Promise((resolve) => client.once('close', resolve))
      client.once('response', (response) => response.resume().on('error', () => {}))
      if (draw(3) === 0) {
        await turns(draw(40))
        client.destroy()
      }
      await closed
    }
    const running = new Set<Promise<void>>()
    for (let sent = 0; sent < 200; sent++) {
      while (running.size >= 40) await Promise.race(running)
      const request = one()
      running.add(request)
      void request.finally(() => running.delete(request))
      if (draw(4) === 0) await turns(draw(10))
    }
    await Promise.all(running)
    await eventually(() => isIdle(outer) && isIdle(inner))
    expect(mostRunning).toBe(4)
    ended = true
    expect(await (await fetch(url)).text()).toBe('ok')
  })

  it('are admitted up to the limit, a thousand at once', async () => {
    const { url, served, permits } = await openSite(adapter, { limit: 700 })
    const agent = new Agent({ maxSockets: Infinity })
    onTestFinished(() => agent.destroy())
    const statuses: number[] = []
    for (let sent = 0; sent < 1_000; sent++) {
      send(url, { agent }).once('response', (response) => {
        statuses.push(response.statusCode ?? 0)
        response.resume()
      })
    }
    await eventually(() => served.length === 700 && statuses.length === 300)
    expect(permits.statistics()).toMatchObject({ running: 700, rejected: 300 })
    expect(statuses.every((status) => status === 503)).toBe(true)
    for (const { exchange } of served) exchange.answer(200, 'ok')
    await eventually(() => statuses.length === 1_000)
    expect(statuses.filter((status) => status === 200)).toHaveLength(700)
    expect(served.some(({ signal }) => signal.aborted)).toBe(false)
  })
}
