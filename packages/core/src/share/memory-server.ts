import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { encodeMessage } from './protocol/message.ts'
import type { Request } from './protocol/request.ts'
import { World } from './protocol/world.ts'
import type { Answer, Store, StoreListener } from './store.ts'

/** A place in this process that several shares use as a fleet uses Redis. */
export interface MemoryServer {
  /** A store for one more instance. */
  connect(): Store
}

/** Makes a place for shared state in this process: for tests, and for several pipelines without Redis. */
export function memoryServer(clock: Clock = systemClock): MemoryServer {
  return new Server(clock)
}

class Server implements MemoryServer {
  readonly #clock: Clock
  readonly #world = new World()
  readonly #listeners = new Set<StoreListener>()
  /** What turns the monotonic clock into a calendar that never jumps. */
  readonly #calendarMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#calendarMs = clock.wallTime() - clock.now()
  }

  connect(): Store {
    return new Connection(this)
  }

  join(listener: StoreListener): void {
    this.#listeners.add(listener)
    void Promise.resolve().then(() => this.#listeners.has(listener) && listener.connected())
  }

  leave(listener: StoreListener): void {
    this.#listeners.delete(listener)
  }

  serve(request: Request): Answer {
    const now = Math.floor(this.#clock.now() + this.#calendarMs)
    const { reply, messages } = this.#world.serve(request, now)
    for (const message of messages) this.#push(encodeMessage(message))
    return reply
  }

  /** Never while somebody is being served. */
  #push(text: string): void {
    void Promise.resolve().then(() => {
      for (const listener of this.#listeners) listener.pushed(text)
    })
  }
}

const closed: Answer = { type: 'failure', reason: 'unreachable', message: 'the store is not open' }

class Connection implements Store {
  readonly #server: Server
  #listener: StoreListener | undefined
  #isOpen = false

  constructor(server: Server) {
    this.#server = server
  }

  open(listener: StoreListener): void {
    this.#isOpen = true
    this.#listener = listener
    this.#server.join(listener)
  }

  send(requests: readonly Request[]): Promise<readonly Answer[]> {
    return Promise.resolve(requests.map((request) => (this.#isOpen ? this.#server.serve(request) : closed)))
  }

  close(): Promise<void> {
    this.#isOpen = false
    if (this.#listener !== undefined) this.#server.leave(this.#listener)
    return Promise.resolve()
  }
}
