import { systemClock } from '@holdfast/core'
import type { Answer, Clock, Store, StoreFailure, StoreListener } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { run } from './batch.ts'
import { Connection } from './connection.ts'
import { failure } from './failure.ts'
import type { RedisStoreOptions } from './options.ts'
import { Pause } from './pause.ts'
import { callOf } from './scripts.ts'
import { settingsFrom } from './settings.ts'
import type { Settings } from './settings.ts'

/**
 * Where instances keep what they share: in Redis or Valkey, one server, with sentinels, or a cluster. Options that do not
 * fit are refused with a `HoldfastConfigError`. Connects when it is opened, and again whenever the connection is lost.
 */
export function redisStore(options: RedisStoreOptions): Store {
  return new RedisStore(systemClock, settingsFrom(options))
}

class RedisStore implements Store {
  readonly #clock: Clock
  readonly #settings: Settings
  #connection: Connection | undefined
  /** Why nothing can be sent. */
  #problem: StoreFailure = failure('unreachable', 'there is no connection to the server yet')

  constructor(clock: Clock, settings: Settings) {
    this.#clock = clock
    this.#settings = settings
  }

  open(listener: StoreListener): void {
    this.#connection = new Connection(this.#clock, this.#settings, {
      connected: () => listener.connected(),
      pushed: (text) => listener.pushed(text),
      disconnected: (problem) => {
        this.#problem = problem
        listener.disconnected(problem)
      },
    })
    this.#connection.open()
  }

  async send(requests: readonly Request[]): Promise<readonly Answer[]> {
    const client = this.#connection?.forRequests()
    if (client === undefined) return requests.map(() => this.#unsent())
    const calls = requests.map((request) => callOf(this.#settings.prefix, request))
    const pause = new Pause(this.#clock, this.#settings.commandTimeoutMs + graceMs)
    try {
      return await run(
        client,
        calls,
        pause.over.then(() => late),
      )
    } finally {
      pause.end()
    }
  }

  async close(): Promise<void> {
    const { place } = this.#settings
    if (place.type === 'connection') place.release()
    await this.#connection?.close()
  }

  /** Whatever the reason, it was not sent. */
  #unsent(): StoreFailure {
    return this.#problem.reason === 'timeout' ? failure('unreachable', this.#problem.message) : this.#problem
  }
}

/** The client itself ends each command in time, but for those that are sent on from node to node. */
const graceMs = 50

const late = failure('timeout', 'no answer came in time')
