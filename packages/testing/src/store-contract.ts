import assert from 'node:assert/strict'
import type { Answer, Store } from '@holdfast/core'
import type { FlushRequest, Request } from '@holdfast/core/protocol'

/** What a case needs of those who run it. */
export interface StoreFixture {
  /** Makes a store that has not been opened, each time to the same place, which held nothing when the case began. */
  connect(): Store
  /** Waits until it is so; throws, in bounded time, if it never is. */
  eventually(what: string, condition: () => boolean): Promise<unknown>
}

/** One thing that every store has to do. */
export interface StoreCase {
  readonly name: string
  /** Throws where the store does not do it. */
  run(fixture: StoreFixture): Promise<void>
}

/** A store with what it has told. */
class Opened {
  readonly store: Store
  readonly pushed: string[] = []
  connected = 0

  constructor(store: Store) {
    this.store = store
    store.open({
      pushed: (text) => void this.pushed.push(text),
      connected: () => void this.connected++,
      disconnected: () => undefined,
    })
  }

  async ask(request: Request): Promise<Answer | undefined> {
    const [answer] = await this.store.send([request])
    return answer
  }
}

async function opened({ connect, eventually }: StoreFixture): Promise<Opened> {
  const store = new Opened(connect())
  await eventually('the store is connected', () => store.connected > 0)
  return store
}

/** Twenty failures of one instance, or as given; two instances must have failed before the circuit opens. */
function failures(instance: string, given: Partial<FlushRequest> = {}): FlushRequest {
  return {
    type: 'flush',
    id: 'contract/circuit-breaker',
    instance,
    sequence: 1,
    claim: { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 },
    successes: 0,
    failures: 20,
    fleet: 2,
    policy: {
      version: 0,
      bucketMs: 1_000,
      minimumCalls: 20,
      failureRatio: 0.5,
      burstRatio: 0.9,
      openMs: 10_000,
      maximumOpenMs: 10_000,
      probes: 3,
      probeSuccesses: 2,
      probeLeaseMs: 30_000,
      quorumRatio: 0.1,
      quorumMinimum: 2,
      quorumMaximum: 20,
    },
    ...given,
  }
}

const look: Request = { type: 'look', id: 'contract/circuit-breaker' }

/**
 * The contract of the port `Store`, case by case, for any test framework: what circuits, limits and budgets rely on, whatever
 * carries their requests.
 */
export const storeContract: readonly StoreCase[] = [
  {
    name: 'answers each request in its place',
    async run(fixture) {
      const one = await opened(fixture)
      const answers = await one.store.send([
        look,
        failures('one'),
        { type: 'registry', aliveMs: 1_000 },
        look,
      ])
      assert.deepEqual(
        answers.map(({ type }) => type),
        ['look', 'flush', 'registry', 'look'],
      )
      assert.deepEqual(await one.store.send([]), [])
      await one.store.close()
    },
  },
  {
    name: 'adds up what different instances have counted, and once what comes twice',
    async run(fixture) {
      const [one, other] = [await opened(fixture), await opened(fixture)]
      await one.ask(failures('one', { failures: 0, successes: 100 }))
      await one.ask(failures('one', { failures: 0, successes: 100 }))
      const answer = await other.ask(failures('other', { failures: 1 }))
      assert.ok(answer?.type === 'flush')
      assert.deepEqual([answer.successes, answer.failures, answer.reporters], [100, 1, 2])
      await Promise.all([one.store.close(), other.store.close()])
    },
  },
  {
    name: 'tells all of a new state, whoever has brought it about',
    async run(fixture) {
      const [one, other] = [await opened(fixture), await opened(fixture)]
      await one.ask(failures('one'))
      const answer = await other.ask(failures('other'))
      assert.ok(answer?.type === 'flush')
      assert.deepEqual([answer.status, answer.remainingMs, answer.openings], ['open', 10_000, 1])
      const text = `1|contract/circuit-breaker|${answer.epoch}|1|10000|tripped|1`
      await fixture.eventually('both have heard', () =>
        [one, other].every(({ pushed }) => pushed.includes(text)),
      )
      await Promise.all([one.store.close(), other.store.close()])
    },
  },
  {
    name: 'keeps what it was told when those who told it have gone',
    async run(fixture) {
      const one = await opened(fixture)
      await one.ask(failures('one'))
      await one.ask(failures('other'))
      await one.store.close()
      const next = await opened(fixture)
      const answer = await next.ask(look)
      assert.ok(answer?.type === 'look')
      assert.equal(answer.status, 'open')
      await next.store.close()
    },
  },
  {
    name: 'answers that nothing was sent before it is open and after it is closed, and never rejects',
    async run(fixture) {
      const store = fixture.connect()
      assert.deepEqual(typesOf(await store.send([look])), ['unreachable'])
      const one = new Opened(store)
      await fixture.eventually('the store is connected', () => one.connected > 0)
      await Promise.all([store.close(), store.close()])
      assert.deepEqual(typesOf(await store.send([look, look])), ['unreachable', 'unreachable'])
    },
  },
  {
    name: 'says nothing once it is closed',
    async run(fixture) {
      const [one, other] = [await opened(fixture), await opened(fixture)]
      await other.store.close()
      await one.ask(failures('one'))
      await one.ask(failures('other'))
      await fixture.eventually('one has heard', () => one.pushed.length > 0)
      assert.deepEqual(other.pushed, [])
      await one.store.close()
    },
  },
]

function typesOf(answers: readonly Answer[]): readonly string[] {
  return answers.map((answer) => (answer.type === 'failure' ? answer.reason : answer.type))
}
