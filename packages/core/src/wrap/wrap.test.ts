import { EventEmitter } from 'node:events'
import { EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { bulkhead, CircuitOpenError, HoldfastConfigError, pipeline, pipelineOf, wrap } from '../index.ts'
import type { ErrorMeaning, PartConfig, WrapOptions } from '../index.ts'

/** Like a client of a store: it has private fields, tells itself to its listeners, and answers by promises. */
class Store extends EventEmitter {
  readonly asked: string[] = []
  /** What the next answers are: errors are rejected with. */
  readonly answers: unknown[] = []
  #size = 3

  get size(): number {
    return this.#size
  }

  set size(size: number) {
    this.#size = size
  }

  get(key: string): Promise<string | undefined> {
    return this.#answer(`get ${key}`) as Promise<string | undefined>
  }

  add(key: string, amount: number): Promise<number> {
    return this.#answer(`add ${key} ${amount}`) as Promise<number>
  }

  both(one: string, other: string): Promise<unknown> {
    return Promise.all([this.get(one), this.get(other)])
  }

  count(): number {
    return this.#size
  }

  self(): this {
    return this
  }

  async #answer(asked: string): Promise<unknown> {
    this.asked.push(asked)
    const answer = this.answers.shift()
    if (answer instanceof Error) throw answer
    return answer ?? `${asked}, done`
  }
}

const lost = new Error('connection lost')
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const wrong = new Error('no such command')
const deadlock = new Error('deadlock')

const meaningOf = (error: unknown): ErrorMeaning =>
  error === lost ? 'unknown' : error === refused ? 'undone' : error === deadlock ? 'again' : 'answered'

const retrying: readonly PartConfig[] = [
  { kind: 'retry', backoff: { type: 'constant', baseMs: 0 }, budget: false },
]

function wrapped(options: Partial<WrapOptions<Store>> = {}): {
  readonly store: Store
  readonly client: Store
} {
  const store = new Store()
  const client = wrap(store, {
    name: 'store',
    methods: ['get', 'add'],
    mayRepeat: (method) => method === 'get',
    meaningOf,
    parts: retrying,
    ...options,
  })
  return { store, client }
}

describe('a method that is named', () => {
  it('goes through the pipeline under its name, with its parameters', async () => {
    const { client } = wrapped()
    const log = new EventLog(pipelineOf(client))
    client.answers.push(lost)
    expect(await client.get('a')).toBe('get a, done')
    expect(client.asked).toEqual(['get a', 'get a'])
    expect(log.events).toMatchObject([{ type: 'retry.scheduled', pipeline: 'store', key: 'get' }])
  })

  it('has the client as its this, so that what it calls there is not counted again', async () => {
    const { client } = wrapped({ methods: ['both', 'get'], parts: [{ kind: 'bulkhead', limit: 1 }] })
    expect(await client.both('a', 'b')).toEqual(['get a, done', 'get b, done'])
  })

  it('is heard by a promise, whatever goes wrong before it is called', async () => {
    const { client } = wrapped({
      mayRepeat: () => {
        throw wrong
      },
    })
    await expect(client.get('a')).rejects.toBe(wrong)
    expect(client.asked).toEqual([])
  })

  it('is looked up at each call', async () => {
    const { client } = wrapped()
    client.get = async () => 'replaced'
    expect(await client.get('a')).toBe('replaced')
  })

  it('has the time and the signal of the work that it belongs to', async () => {
    const clock = new VirtualClock()
    const left = new Error('left')
    const { client } = wrapped({ clock, scope: () => ({ signal: AbortSignal.abort(left) }) })
    await expect(client.get('a')).rejects.toBe(left)
    expect(client.asked).toEqual([])
  })
})

describe('an error', () => {
  const twice: readonly (readonly [string, Error, 'get' | 'add', number])[] = [
    ['may have been done, and may be done twice', lost, 'get', 2],
    ['may have been done, and may not be done twice', lost, 'add', 1],
    ['has done nothing', refused, 'add', 2],
    ['has done nothing though all is well', deadlock, 'add', 2],
    ['is an answer', wrong, 'get', 1],
  ]

  it.each(twice)('of what %s', async (_what, error, method, times) => {
    const { client } = wrapped()
    client.answers.push(error)
    const answer = method === 'get' ? client.get('a') : client.add('a', 1)
    const heard = await answer.catch((reason: unknown) => reason)
    expect(heard).toBe(times === 1 ? error : client.asked.at(-1) + ', done')
    expect(client.asked).toHaveLength(times)
  })

  it('is no reason to repeat anything where nothing is said of it', async () => {
    const { client } = wrapped({ mayRepeat: undefined as never, meaningOf: undefined as never })
    client.answers.push(lost)
    await expect(client.get('a')).rejects.toBe(lost)
    client.answers.push(refused)
    expect(await client.get('a')).toBe('get a, done')
  })

  it('opens the circuit where the service is not well, and not where it has answered', async () => {
    const parts: readonly PartConfig[] = [{ kind: 'circuit-breaker', minimumCalls: 2 }]
    const { client } = wrapped({ parts })
    for (const error of [wrong, wrong, deadlock, deadlock]) {
      client.answers.push(error)
      await expect(client.get('a')).rejects.toBe(error)
    }
    for (let each = 0; each < 4; each++) {
      client.answers.push(lost)
      await expect(client.get('a')).rejects.toBe(lost)
    }
    await expect(client.get('a')).rejects.toBeInstanceOf(CircuitOpenError)
  })

  it('that somebody else’s bulkhead made is none of the client', async () => {
    const full = pipeline('other', [bulkhead({ limit: 0 })])
    const { store, client } = wrapped({ parts: [{ kind: 'circuit-breaker', minimumCalls: 1 }] })
    store.get = () => full.execute(() => 'never')
    for (let each = 0; each < 3; each++) {
      await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_BULKHEAD_FULL' })
    }
  })
})

describe('a hedge', () => {
  it('is sent only for what may be repeated', async () => {
    const { client } = wrapped({ parts: [{ kind: 'hedge', delayMs: 0, budget: false }] })
    await client.get('a')
    await client.add('a', 1)
    expect(client.asked.filter((each) => each.startsWith('get'))).toHaveLength(2)
    expect(client.asked.filter((each) => each.startsWith('add'))).toHaveLength(1)
  })
})

describe('everything else', () => {
  it('is the client’s own', () => {
    const { store, client } = wrapped()
    expect(client).toBeInstanceOf(Store)
    expect(client.constructor).toBe(Store)
    expect(client.count()).toBe(3)
    client.size = 4
    expect([client.size, store.count()]).toEqual([4, 4])
    expect(Object.keys(client)).toEqual(Object.keys(store))
    expect(client.count).toBe(client.count)
    expect('get' in client).toBe(true)
  })

  it('returns the wrapped client where it returns the client, so that nothing gets around the pipeline', () => {
    const { client } = wrapped()
    expect(client.self()).toBe(client)
    expect(client.on('ready', () => {})).toBe(client)
  })

  it('may be called on something else', () => {
    const { client } = wrapped()
    const other = new Store()
    other.size = 9
    expect(client.count.call(other)).toBe(9)
  })

  it('may be what cannot be replaced', () => {
    const fixed = Object.freeze({ get: async () => 1, other: () => 2 })
    const client = wrap(Object.create(fixed) as typeof fixed, { name: 'fixed', methods: ['get'] })
    expect(client.other()).toBe(2)
    const own = wrap(Object.freeze(Object.create({ get: async () => 1 }, { own: { value: () => 3 } })), {
      name: 'own',
      methods: ['get'] as never,
    }) as { own(): number }
    expect(own.own()).toBe(3)
  })
})

describe('wrap', () => {
  it('keeps the type of the client, and takes methods alone that answer by a promise', () => {
    const { client } = wrapped()
    expectTypeOf(client).toEqualTypeOf<Store>()
    expectTypeOf<WrapOptions<Store>['methods'][number]>().toEqualTypeOf<'get' | 'add' | 'both'>()
  })

  it('has the standard preset unless told otherwise', () => {
    const client = wrap(new Store(), { name: 'store', methods: ['get'] })
    expect(pipelineOf(client).parts.map(({ name }) => name)).toEqual([
      'total-timeout',
      'retry',
      'circuit-breaker',
      'timeout',
      'bulkhead',
    ])
  })

  it.each([
    [{ methods: ['get'] }, 'wrap: name must be given: what its pipeline is called'],
    [{ name: 's' }, 's: methods must be given: the names of those that go through the pipeline'],
    [
      { name: 's', methods: [] },
      's: methods must be an array of at least one name of a method, not an empty array',
    ],
    [{ name: 's', methods: ['gett'] }, "s: the client has no method 'gett'"],
    [{ name: 's', methods: ['size'] }, "s: the client has no method 'size'"],
    [{ name: 's', methods: ['get'], retry: {} }, /^s: unknown option 'retry'/],
    [
      { name: 's', methods: ['get'], parts: [{ kind: 'fallback', endpoints: [{ id: 'a' }] }] },
      's: a wrapped client is one endpoint; give fallback a value or run',
    ],
    [
      { name: 's', methods: ['get'], parts: [{ kind: 'endpoints', primary: [{ id: 'a' }] }] },
      's: a wrapped client is one endpoint; give fallback a value or run',
    ],
  ])('refuses %j', (options, message) => {
    const make = (): unknown => wrap(new Store(), options as never)
    expect(make).toThrow(HoldfastConfigError)
    expect(make).toThrow(message)
  })

  it('refuses a client whose method cannot be replaced, and what is no client', () => {
    const fixed = Object.freeze({ get: async () => 1 })
    expect(() => wrap(fixed, { name: 's', methods: ['get'] })).toThrow(
      "s: the client's 'get' cannot be replaced",
    )
    expect(() => wrap(1 as never, { name: 's', methods: ['get'] as never })).toThrow(
      's: the client must be an object, not 1',
    )
    expect(() => pipelineOf(fixed)).toThrow('pipelineOf: the client was not made by wrap()')
  })
})
