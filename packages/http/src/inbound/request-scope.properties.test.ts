import { bulkhead, keyed, Rejection, timeout, wheelOf } from '@holdfast/core'
import type { Guard } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeRequest, FakeResponse } from './fake-exchange.ts'
import { inbound } from './inbound.ts'
import type { Admitting, Inbound } from './inbound.ts'
import { OpenScopes } from './open-scopes.ts'
import type { Entry } from './request-scope.ts'

class StopError extends Rejection {
  readonly code = 'ERR_STOP'
}

/** What a guard has heard of one admission. */
class Held {
  readonly url: string
  settled = 0
  released = 0

  constructor(url: string) {
    this.url = url
  }
}

/** A guard that lets everybody in and remembers what it has heard. */
class Witness implements Guard {
  readonly kind = 'witness'
  readonly name: string
  readonly all: Held[]

  constructor(name: string, all: Held[]) {
    this.name = name
    this.all = all
  }

  admit({ key = '' }: { readonly key: string | undefined }): Held {
    const held = new Held(key)
    this.all.push(held)
    return held
  }

  settle(held: object): void {
    ;(held as Held).settled++
  }

  release(held: object): void {
    ;(held as Held).released++
  }
}

interface Exchange {
  readonly url: string
  readonly response: FakeResponse
  entry: Entry | undefined
}

const kinds = ['plain', 'keyed', 'one in another'] as const
type Kind = (typeof kinds)[number]

/** Requests through doors, in the order that is drawn. */
class World {
  readonly clock: VirtualClock = new VirtualClock()
  readonly scopes: OpenScopes = new OpenScopes()
  readonly held: Held[] = []
  readonly exchanges: Exchange[] = []
  readonly permits: ReturnType<typeof bulkhead> = bulkhead({
    limit: 2,
    queue: { size: 2, maximumWaitMs: 20 },
  })
  readonly #outer: Inbound<FakeRequest, FakeResponse>
  readonly #inner: Inbound<FakeRequest, FakeResponse> | undefined

  constructor(kind: Kind) {
    const [first, second] = [new Witness('first', this.held), new Witness('second', this.held)]
    const innermost = kind === 'keyed' ? keyed(() => [new Witness('second', this.held)]) : second
    const guards = [first, timeout({ durationMs: 30 }), this.permits, innermost]
    this.#outer = this.#door('outer', kind === 'one in another' ? [new Witness('outer', this.held)] : guards)
    this.#inner = kind === 'one in another' ? this.#door('inner', guards) : undefined
  }

  #door(name: string, guards: readonly Admitting[]): Inbound<FakeRequest, FakeResponse> {
    const { clock, scopes } = this
    // It takes its time to arrive.
    const answer = (response: FakeResponse): void => void (response.writableEnded = true)
    return inbound(name, guards, answer, { clock, scopes, key: ({ url }) => url })
  }

  /** What serves it is the test, or the inner door. */
  ask(): void {
    const exchange: Exchange = {
      url: `/${this.exchanges.length}`,
      response: new FakeResponse(),
      entry: undefined,
    }
    this.exchanges.push(exchange)
    void this.#through(this.#outer, exchange, () => {
      if (this.#inner !== undefined) void this.#through(this.#inner, exchange, () => {})
    })
  }

  async #through(
    door: Inbound<FakeRequest, FakeResponse>,
    exchange: Exchange,
    served: () => void,
  ): Promise<void> {
    const { response, url } = exchange
    const asked = door.admit(new FakeRequest({}, url), response, response)
    exchange.entry = asked instanceof Promise ? undefined : asked
    const entry = await asked
    exchange.entry = entry
    if (entry.entry === 'admitted') entry.run(served)
    // As a framework does.
    if (entry.entry === 'refused' && !response.closed) response.answer(503)
  }

  /** Nothing is given back twice, or before the answer is over, or kept after that; nobody waits whose client has gone. */
  check(quiet: boolean): void {
    for (const { url, settled, released } of this.held) {
      expect(settled, `${url} settled`).toBeLessThanOrEqual(1)
      expect(released, `${url} released`).toBeLessThanOrEqual(settled)
      const { entry, response } = this.exchanges[Number(url.slice(1))] as Exchange
      if (entry?.entry === 'admitted' && !response.closed) expect(released, `${url} served`).toBe(0)
      if (quiet && response.closed) expect([settled, released], `${url} over`).toEqual([1, 1])
    }
    const { running, waiting } = this.permits.statistics()
    expect(running).toBeLessThanOrEqual(2)
    const mayWait = this.exchanges.filter(({ entry, response }) => entry === undefined && !response.closed)
    expect(waiting).toBeLessThanOrEqual(mayWait.length)
  }

  async end(): Promise<void> {
    for (const { response } of this.exchanges) if (!response.closed) response.close()
    await this.clock.settle()
    this.check(true)
    expect(this.permits.statistics()).toMatchObject({ running: 0, waiting: 0, abandoned: 0 })
    expect(this.scopes.open).toBe(0)
    await this.clock.advance(1_000)
    expect([this.clock.pending, wheelOf(this.clock).size]).toEqual([0, 0])
  }
}

const act = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ what: 'ask' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('answer' as const),
      which: fc.nat(9),
      status: fc.constantFrom(200, 499, 500, 503),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('leave' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('end unsent' as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('tick' as const),
      ms: fc.constantFrom(0, 1, 19, 20, 29, 30, 31),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'stop' } as const) },
  { weight: 4, arbitrary: fc.constant({ what: 'turn' } as const) },
)

type Act = typeof act extends fc.Arbitrary<infer Each> ? Each : never

async function perform(world: World, each: Act): Promise<void> {
  const response = 'which' in each ? world.exchanges[each.which]?.response : undefined
  if (each.what === 'ask') world.ask()
  if (each.what === 'answer' && response?.closed === false) response.answer(each.status)
  if (each.what === 'leave' && response?.closed === false) response.close()
  if (each.what === 'end unsent' && response !== undefined) response.writableEnded = true
  if (each.what === 'tick') world.clock.tick(each.ms)
  if (each.what === 'stop') world.scopes.abort(new StopError('stop', { policy: 'life' }))
  if (each.what === 'turn') await world.clock.settle()
}

test('what a request took comes back once, when its answer is over, whatever ends it and in whatever order', async () => {
  const acts = fc.array(act, { maxLength: 40, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), acts, async (kind, drawn) => {
      const world = new World(kind)
      for (const each of drawn) {
        await perform(world, each)
        world.check(each.what === 'turn')
      }
      await world.end()
    }),
    { numRuns: 500 },
  )
})
