import { redisStore } from '@holdfast/redis'
import type { RedisStoreOptions } from '@holdfast/redis'
import type { Answer, Store, StoreFailure } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { eventually } from '../servers/index.ts'

/** A store that is open, and what its listener has heard. */
export class Listening implements AsyncDisposable {
  readonly store: Store
  readonly pushed: string[] = []
  readonly failures: StoreFailure[] = []
  connections = 0
  isConnected = false

  constructor(options: RedisStoreOptions) {
    this.store = redisStore(options)
    this.store.open({
      pushed: (text) => this.pushed.push(text),
      connected: () => {
        this.connections++
        this.isConnected = true
      },
      disconnected: (failure) => {
        this.failures.push(failure)
        this.isConnected = false
      },
    })
  }

  /** Resolves when it is connected for the `time`th time. */
  async connected(time = 1, withinMs = 15_000): Promise<void> {
    const stands = (): boolean => this.isConnected && this.connections >= time
    await eventually(`a store is connected for the ${time}. time`, stands, { withinMs, everyMs: 5 })
  }

  /** The first reason of a failure that is not about being out of reach. */
  refused(): Promise<StoreFailure> {
    return eventually('a store says why it is not let in', () =>
      this.failures.find(({ reason }) => reason !== 'unreachable' && reason !== 'timeout'),
    )
  }

  async ask(request: Request): Promise<Answer> {
    const [answer] = await this.store.send([request])
    if (answer === undefined) throw new Error('no answer')
    return answer
  }

  /** What became of reading a circuit: the type of the answer, or why there is none. */
  async look(id: string): Promise<string> {
    const answer = await this.ask({ type: 'look', id })
    return answer.type === 'failure' ? answer.reason : answer.type
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
  }
}
