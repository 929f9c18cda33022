import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { settingsFrom } from '../circuit-breaker/options.ts'
import { policyFrom } from '../circuit-breaker/shared-circuit.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { encodeMessage } from './protocol/message.ts'
import type { Request } from './protocol/request.ts'
import { World } from './protocol/world.ts'
import { share } from './member.ts'
import type { Share } from './share.ts'
import type { Answer, Store, StoreFailureReason, StoreListener } from './store.ts'

const id = 'inventory/circuit-breaker'

const none = (): void => undefined

const policy = policyFrom(settingsFrom('breaker', {}))

/** A server of which only a part works. */
class Half implements Store {
  readonly #world = new World()
  readonly #clock: VirtualClock
  /** Why a request is not served; undefined where it is. */
  refuses: (request: Request) => StoreFailureReason | undefined = () => undefined
  listener: StoreListener | undefined

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  open(listener: StoreListener): void {
    this.listener = listener
    listener.connected()
  }

  send(requests: readonly Request[]): Promise<readonly Answer[]> {
    const now = Math.floor(this.#clock.now() + 1_700_000_000_000)
    return Promise.resolve(
      requests.map((request): Answer => {
        const reason = this.refuses(request)
        if (reason !== undefined) return { type: 'failure', reason, message: reason }
        return this.#world.serve(request, now).reply
      }),
    )
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** One instance whose fleet has opened its circuit for a second, and what it heard of the link since. */
async function opened(): Promise<{
  readonly clock: VirtualClock
  readonly store: Half
  readonly own: Share
  readonly line: Pipeline
  readonly heard: string[]
}> {
  const clock = new VirtualClock()
  const store = new Half(clock)
  const random = seededRandom(1)
  const own = share(store, { clock, random })
  const options = { openMs: 1_000, minimumCalls: 4, rampMs: 0, shared: { quorum: { minimum: 1 } } }
  const line = pipeline('inventory', [circuitBreaker(options)], { clock, random, share: own })
  await clock.advance(1_000)
  for (let call = 0; call < 4; call++) await line.executeOutcome(() => Promise.reject(new Error('down')))
  await clock.advance(200)
  const heard: string[] = []
  own.on(({ type }) => heard.push(type))
  return { clock, store, own, line, heard }
}

/** How many of `times` calls pass, one each tenth of a second, to something that is well again. */
async function passing(line: Pipeline, clock: VirtualClock, times: number): Promise<number> {
  let passed = 0
  for (let call = 0; call < times; call++) {
    if ('value' in (await line.executeOutcome(() => 1))) passed++
    await clock.advance(100)
  }
  return passed
}

describe('an instance that hears of a circuit and can say nothing of it', () => {
  it('probes alone where the server can be read and takes no writes, and says so once', async () => {
    for (const reason of ['out of memory', 'read-only'] as const) {
      const { clock, store, line, heard } = await opened()
      expect(await passing(line, clock, 1)).toBe(0)
      store.refuses = ({ type }) => (type === 'look' ? undefined : reason)
      await clock.advance(8_000)
      await passing(line, clock, 100)
      expect(await passing(line, clock, 300)).toBe(300)
      expect(heard).toEqual(['share.degraded'])
    }
  })

  it('probes alone where one of its keys is of no use, and the others can be read', async () => {
    const { clock, store, line } = await opened()
    store.refuses = ({ type }) => (type === 'probe' ? 'wrong type' : undefined)
    const told: string[] = []
    line.on(({ type }) => type === 'share.failed' && told.push(type))
    await clock.advance(2_000)
    await passing(line, clock, 100)
    expect(await passing(line, clock, 300)).toBe(300)
    expect(told).toEqual(['share.failed'])
    store.refuses = () => undefined
    expect(await passing(line, clock, 200)).toBeGreaterThan(150)
  })

  it('probes alone where messages are heard and no request can be sent', async () => {
    const { clock, store, line } = await opened()
    store.listener?.disconnected({ type: 'failure', reason: 'unreachable', message: 'gone' })
    const news = {
      type: 'change',
      id,
      status: 'open',
      remainingMs: 500,
      openings: 2,
      reason: 'tripped',
    } as const
    store.listener?.pushed(encodeMessage({ ...news, epoch: 1_700_000_100_000 }))
    expect(await passing(line, clock, 5)).toBe(0)
    await passing(line, clock, 20)
    expect(await passing(line, clock, 100)).toBe(100)
  })

  it('is not alone where one of several servers is silent and the others can be read', async () => {
    const { clock, store, own, heard } = await opened()
    own.parts.breaker(['other'], policy, { adopted: none, overridden: none, notify: none })
    await clock.advance(100)
    for (const reason of ['unreachable', 'timeout'] as const) {
      store.refuses = (request) => ('id' in request && request.id === 'other' ? reason : undefined)
      await clock.advance(20_000)
    }
    expect(heard).toEqual([])
  })
})
