import { EventEmitter } from 'node:events'
import type { StoreFailure } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import type { Client } from './client-options.ts'
import { Line } from './line.ts'

/** A client that is connected from the start. */
class Connected extends EventEmitter {
  readonly status = 'ready'

  disconnect(): void {
    this.emit('end')
  }
}

/** What a line does with the clients that it is given, and when; the longest rest is always drawn. */
class Watched {
  readonly clock = new VirtualClock()
  readonly attempts: number[] = []
  readonly problems: StoreFailure[] = []
  readonly said: string[] = []
  next: () => Promise<Client> = () => Promise.reject(new Error('secret'))
  prepare: () => Promise<void> = () => Promise.resolve()
  readonly line = new Line(
    this.clock,
    {
      make: () => {
        this.attempts.push(this.clock.now())
        return this.next()
      },
      prepare: () => this.prepare(),
      up: () => this.said.push('up'),
      down: () => this.said.push('down'),
      failed: (problem) => this.problems.push(problem),
    },
    (limit) => limit - 1,
  )

  get gaps(): readonly number[] {
    return this.attempts.slice(1).map((at, index) => at - (this.attempts[index] ?? 0))
  }
}

function connected(): Client {
  // It has all that a line uses of a client.
  return new Connected() as unknown as Client
}

it('rests longer after each failure, up to two seconds, and at most 100 ms after a client that was of use', async () => {
  const watched = new Watched()
  watched.line.start()
  await watched.clock.advance(8_900)
  expect(watched.gaps).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
  const client = connected()
  watched.next = () => Promise.resolve(client)
  await watched.clock.advance(200)
  expect(watched.said).toEqual(['up'])
  const lostAt = watched.clock.now()
  watched.next = () => Promise.resolve(connected())
  client.emit('end')
  await watched.clock.advance(1_000)
  expect(watched.said).toEqual(['up', 'down', 'up'])
  expect(watched.attempts.at(-1)).toBe(lostAt + 100)
  await watched.line.stop()
})

it('does not repeat what the function that makes clients has thrown', async () => {
  const watched = new Watched()
  watched.line.start()
  await watched.clock.settle()
  expect(watched.problems).toEqual([
    { type: 'failure', reason: 'unreachable', message: 'no client could be made' },
  ])
  await watched.line.stop()
})

it('gives up an attempt after ten seconds, whatever it waits for', async () => {
  for (const stuck of ['make', 'prepare'] as const) {
    const watched = new Watched()
    const never = new Promise<never>(() => {})
    watched.next = () => (stuck === 'make' ? never : Promise.resolve(connected()))
    watched.prepare = () => never
    watched.line.start()
    await watched.clock.advance(9_999)
    expect(watched.problems).toEqual([])
    await watched.clock.advance(1)
    expect(watched.problems).toMatchObject([{ reason: 'unreachable' }])
    await watched.line.stop()
  }
})

it('tells the reason of an error while a client is prepared, and tries again', async () => {
  const watched = new Watched()
  watched.next = () => Promise.resolve(connected())
  watched.prepare = () => Promise.reject(Object.assign(new Error('10.0.0.1'), { code: 'ECONNRESET' }))
  watched.line.start()
  await watched.clock.advance(100)
  expect(watched.attempts).toEqual([0, 100])
  expect(watched.problems[0]).toMatchObject({ message: 'the server cannot be reached: ECONNRESET' })
  await watched.line.stop()
})

it('ends while it rests, and makes no further client', async () => {
  const watched = new Watched()
  watched.line.start()
  await watched.clock.advance(50)
  await watched.line.stop()
  expect(watched.clock.pending).toBe(0)
  await watched.clock.advance(10_000)
  expect(watched.attempts).toHaveLength(1)
})

it('ends at once with a client that ends, and within 150 ms with one that does not', async () => {
  const obedient = new Watched()
  obedient.next = () => Promise.resolve(connected())
  obedient.line.start()
  await obedient.clock.settle()
  await obedient.line.stop()
  expect(obedient.said).toEqual(['up', 'down'])

  const deaf = new Watched()
  const client = connected()
  client.disconnect = () => {}
  deaf.next = () => Promise.resolve(client)
  deaf.line.start()
  await deaf.clock.settle()
  let ended = false
  const stopping = deaf.line.stop().then(() => {
    ended = true
  })
  await deaf.clock.advance(149)
  expect(ended).toBe(false)
  await deaf.clock.advance(1)
  await stopping
  expect(ended).toBe(true)
})
