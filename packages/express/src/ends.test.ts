import { bulkhead, timeout } from '@holdfast/core'
import type { Bulkhead } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import { seededRandom } from '@holdfast/testing'
import express from 'express'
import type { RequestHandler } from 'express'
import { expect, it } from 'vitest'
import { eventually, send, serve } from './loopback.ts'
import { protect } from './protect.ts'

const requests = 200

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Every way in which a handler may end, or not end. */
const ends: readonly RequestHandler[] = [
  (_request, response) => void response.send('ok'),
  async (_request, response) => {
    await turns(3)
    response.json({ ok: true })
  },
  () => {
    throw new Error('at once')
  },
  async () => {
    await turns(2)
    throw new Error('later')
  },
  async (_request, response) => {
    for (let part = 0; part < 3; part++) {
      response.write('part')
      await turns(1)
    }
    response.end()
  },
  async (_request, response) => {
    response.write('part')
    await turns(2)
    throw new Error('in the middle')
  },
  (request) => void request.socket.destroy(),
  (_request, response) => void response.destroy(),
  () => {},
  () =>
    new Promise((_resolve, reject) => {
      const signal = currentScope()?.signal
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
  async (_request, response) => {
    await turns(300)
    response.send('late, perhaps')
  },
]

function isIdle(permits: Bulkhead): boolean {
  const { running, waiting, abandoned } = permits.statistics()
  return running + waiting + abandoned === 0
}

it.each([1, 2, 3])('however requests end, every permit comes back (seed %d)', async (seed) => {
  const random = seededRandom(seed)
  const draw = (count: number): number => Math.floor(random() * count)
  const outer = bulkhead({ limit: 30 })
  const inner = bulkhead({ limit: 4, queue: { size: 10, maximumWaitMs: 20 } })
  let mostRunning = 0
  const app = express()
    .set('env', 'test')
    .use(protect('outer', [timeout({ durationMs: 60 }), outer]))
    .use(protect('inner', [timeout({ durationMs: 40 }), inner]))
    .use((request, response, next) => {
      mostRunning = Math.max(mostRunning, inner.statistics().running)
      return ends[Number(request.query['end'])]?.(request, response, next)
    })
  const url = await serve(app)
  const one = async (): Promise<void> => {
    const client = send(new URL(`?end=${draw(ends.length)}`, url), { method: draw(2) === 0 ? 'GET' : 'POST' })
    const closed = new Promise((resolve) => client.once('close', resolve))
    client.once('response', (response) => response.resume().on('error', () => {}))
    if (draw(3) === 0) {
      await turns(draw(40))
      client.destroy()
    }
    await closed
  }
  const running = new Set<Promise<void>>()
  for (let sent = 0; sent < requests; sent++) {
    while (running.size >= 40) await Promise.race(running)
    const request = one()
    running.add(request)
    void request.finally(() => running.delete(request))
    if (draw(4) === 0) await turns(draw(10))
  }
  await Promise.all(running)
  await eventually(() => isIdle(outer) && isIdle(inner))
  expect(mostRunning).toBe(4)
  const answer = await fetch(new URL('?end=0', url))
  expect(await answer.text()).toBe('ok')
})
