import type { ServerResponse } from 'node:http'
import { VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DrainReport } from './drain.ts'
import type { LiveService } from './live-service.ts'
import { eventually, serve } from './live-service.ts'

let clock: VirtualClock
let exits: DrainReport[]

beforeEach(() => {
  clock = new VirtualClock()
  exits = []
})

const signals = ['SIGTERM', 'SIGUSR2'] as const

function start(listener?: (request: object, response: ServerResponse) => void): Promise<LiveService> {
  return serve({ clock, signals, exit: (report) => exits.push(report) }, listener)
}

const listeners = (): readonly number[] => signals.map((signal) => process.listenerCount(signal))

describe('a signal', () => {
  it('is listened for only when asked', async () => {
    const before = listeners()
    const { life } = await serve({ clock })
    expect(listeners()).toEqual(before)
    void life.drain()
    await clock.advance(5_000)
    expect(exits).toEqual([])
  })

  it('that is named twice comes once', async () => {
    const { life } = await serve({
      clock,
      signals: ['SIGUSR2', 'SIGUSR2'],
      exit: (report) => exits.push(report),
    })
    process.emit('SIGUSR2', 'SIGUSR2')
    expect([life.phase, exits]).toEqual(['announcing', []])
    void life.drain()
    await clock.advance(5_000)
    await eventually(() => exits.length > 0)
  })

  it('begins the drain, exits when it has ended, and is then listened for no longer', async () => {
    const before = listeners()
    const { life } = await start()
    expect(listeners()).toEqual(before.map((count) => count + 1))
    process.emit('SIGTERM', 'SIGTERM')
    expect(life.phase).toBe('announcing')
    expect(listeners()).toEqual(before.map((count) => count + 1))
    await clock.advance(5_000)
    await eventually(() => exits.length > 0)
    expect(exits).toEqual([{ exitCode: 0, cut: 0, failures: [] }])
    expect(listeners()).toEqual(before)
  })

  it('a second time, or another one, ends everything at once', async () => {
    const held: ServerResponse[] = []
    const before = listeners()
    const service = await start((_request, response) => void held.push(response))
    const answer = service.get('/').catch((error: NodeJS.ErrnoException) => error.code)
    await eventually(() => held.length === 1)
    process.emit('SIGTERM', 'SIGTERM')
    process.emit('SIGUSR2', 'SIGUSR2')
    expect(exits).toEqual([{ exitCode: 128 + 12, cut: 1, failures: [] }])
    expect(await answer).toBe('ECONNRESET')
    expect(listeners()).toEqual(before)
    expect(await service.life.drain()).toEqual({ exitCode: 1, cut: 1, failures: [] })
    expect(exits).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('in a drain that was begun by hand lets it end, and exits then', async () => {
    const { life } = await start()
    void life.drain()
    process.emit('SIGTERM', 'SIGTERM')
    expect(exits).toEqual([])
    await clock.advance(5_000)
    await eventually(() => exits.length > 0)
    expect(exits).toMatchObject([{ exitCode: 0 }])
  })

  it('is listened for no longer when the server has closed by itself', async () => {
    const before = listeners()
    const { server } = await start()
    await new Promise((resolve) => server.close(resolve))
    expect(listeners()).toEqual(before)
  })
})
