import type { IncomingMessage, ServerResponse } from 'node:http'
import { bulkhead, timeout } from '@holdfast/core'
import { leftovers, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inbound } from '../inbound/inbound.ts'
import type { Inbound } from '../inbound/inbound.ts'
import { OpenScopes } from '../inbound/open-scopes.ts'
import { RefusedError } from '../inbound/refused-error.ts'
import { sendReply } from '../inbound/send-reply.ts'
import { eventually, serve } from './live-service.ts'
import type { LiveService, RawConnection } from './live-service.ts'

/** A service behind a door, whose handlers and clients do what a plan says, and which drains somewhere in it. */
class Race {
  readonly clock: VirtualClock = new VirtualClock()
  readonly scopes: OpenScopes = new OpenScopes()
  readonly door: Inbound<IncomingMessage, ServerResponse>
  readonly connections: RawConnection[] = []
  readonly #held: ServerResponse[] = []
  #service: LiveService | undefined

  constructor() {
    const guards = [
      timeout({ durationMs: 400 }),
      bulkhead({ limit: 2, queue: { size: 2, maximumWaitMs: 300 } }),
    ]
    this.door = inbound('door', guards, sendReply, { clock: this.clock, scopes: this.scopes })
  }

  get service(): LiveService {
    return this.#service as LiveService
  }

  async start(): Promise<void> {
    const { clock, scopes } = this
    const options = { clock, scopes, announceMs: 100, drainMs: 200, cleanups: [() => {}] }
    this.#service = await serve(options, (request, response) => void this.#serve(request, response))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = await this.door.admit(request, response, response)
    if (entry.entry === 'admitted') return entry.run(() => void this.#held.push(response))
    if (entry.entry === 'refused' && entry.error instanceof RefusedError) sendReply(response, entry.error)
  }

  /** As many requests at once on a connection of their own. */
  arrive(requests: number): void {
    if (!this.service.server.listening) return
    const connection = this.service.connect()
    connection.write('GET / HTTP/1.1\nhost: a\n\n'.repeat(requests))
    this.connections.push(connection)
  }

  leave(pick: number): void {
    this.connections[pick % this.connections.length]?.socket.destroy()
  }

  /** What a handler does with a request that it has. */
  act(pick: number, how: 'begin' | 'break off' | 'end'): void {
    const response = this.#held[pick % this.#held.length]
    if (response === undefined || response.writableEnded) return
    if (how === 'begin') response.write('begun')
    else if (how === 'end') response.end()
    else response.destroy()
  }

  async over(): Promise<void> {
    const drained = this.service.life.drain()
    await this.clock.advance(10_000)
    const { cut, failures } = await drained
    expect(failures).toEqual([])
    expect(cut).toBeLessThanOrEqual(this.service.served)
    await eventually(() => this.connections.every(({ closed }) => closed))
  }
}

type Step = (race: Race) => void | Promise<unknown>

const pick = fc.nat(7)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(1, 1, 3).map(
      (count): Step =>
        (race) =>
          race.arrive(count),
    ),
  },
  {
    weight: 1,
    arbitrary: pick.map(
      (each): Step =>
        (race) =>
          race.leave(each),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(pick, fc.constantFrom('begin', 'break off', 'end', 'end')).map(
      ([each, how]): Step =>
        (race) =>
          race.act(each, how),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 99, 100, 300).map(
      (ms): Step =>
        (race) =>
          race.clock.advance(ms),
    ),
  },
  // What is on its way comes.
  {
    weight: 3,
    arbitrary: fc.constant<Step>((race) => race.service.get('/livez', {}, false).catch(() => {})),
  },
  { weight: 1, arbitrary: fc.constant<Step>((race) => void race.service.life.drain()) },
)

it('whatever requests do, after a drain no permit is taken, no scope open and no connection there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 40, size: 'max' }), async (plan) => {
      const race = new Race()
      await race.start()
      for (const step of plan) await step(race)
      await race.over()
      expect(leftovers(race.clock, race.door.pipeline)).toEqual([])
      expect(race.scopes.open).toBe(0)
      expect(race.clock.pending).toBe(0)
      race.service.stop()
    }),
    { numRuns: 80 },
  )
})
