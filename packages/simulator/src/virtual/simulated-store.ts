import { memoryServer } from '@holdfast/core'
import type { Answer, Clock, MemoryServer, Store, StoreFailure, StoreListener } from '@holdfast/core'
import { drawFrom } from '@holdfast/faults'
import { after } from '../services/after.ts'
import type { StoreInjection } from '../injection.ts'
import { NetworkLink } from './network-link.ts'
import type { Network } from '../scenario.ts'

/** How long an instance waits for an answer, as `redisStore` does by default. */
const commandTimeoutMs = 250

const unreachable: StoreFailure = { type: 'failure', reason: 'unreachable', message: 'the store is down' }
const tooLate: StoreFailure = { type: 'failure', reason: 'timeout', message: 'the store did not answer' }

/** The place where a fleet keeps what it shares, behind a network. It runs the protocol's own machines. */
export class SimulatedStore {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #network: Network
  readonly #connections = new Set<Connection>()
  readonly #slow = new Map<StoreInjection, () => number>()
  readonly #down = new Set<StoreInjection>()
  #server: MemoryServer

  constructor(clock: Clock, random: () => number, network: Network) {
    this.#clock = clock
    this.#random = random
    this.#network = network
    this.#server = memoryServer(clock)
  }

  connect(): Store {
    const link = (): NetworkLink => new NetworkLink(this.#clock, this.#random, this.#network)
    const connection = new Connection(this, this.#clock, link(), link())
    this.#connections.add(connection)
    return connection
  }

  get server(): MemoryServer {
    return this.#server
  }

  get isDown(): boolean {
    return this.#down.size > 0
  }

  /** How much longer a message takes than usual. */
  extraMs(): number {
    let extraMs = 0
    for (const draw of this.#slow.values()) extraMs += draw()
    return extraMs
  }

  set(fault: StoreInjection, on: boolean): void {
    if (fault.kind === 'store-slow') return this.#setSlow(fault, on)
    if (fault.kind === 'store-flush') return on ? this.#flush() : undefined
    const wasDown = this.isDown
    if (on) this.#down.add(fault)
    else this.#down.delete(fault)
    if (wasDown === this.isDown) return
    for (const connection of this.#connections) connection.reached(!this.isDown)
  }

  leave(connection: Connection): void {
    this.#connections.delete(connection)
  }

  #setSlow(fault: Extract<StoreInjection, { kind: 'store-slow' }>, on: boolean): void {
    if (on) this.#slow.set(fault, drawFrom(fault.addMs, this.#random))
    else this.#slow.delete(fault)
  }

  /** Another server, empty, takes its place, and everybody connects again. */
  #flush(): void {
    this.#server = memoryServer(this.#clock)
    for (const connection of this.#connections) connection.reconnect()
  }
}

/** One instance's connection. */
class Connection implements Store {
  readonly #place: SimulatedStore
  readonly #clock: Clock
  readonly #there: NetworkLink
  readonly #back: NetworkLink
  #listener: StoreListener | undefined
  #inner: Store | undefined

  constructor(place: SimulatedStore, clock: Clock, there: NetworkLink, back: NetworkLink) {
    this.#place = place
    this.#clock = clock
    this.#there = there
    this.#back = back
  }

  open(listener: StoreListener): void {
    this.#listener = listener
    this.reconnect()
  }

  send(requests: Parameters<Store['send']>[0]): Promise<readonly Answer[]> {
    const inner = this.#inner
    if (inner === undefined || this.#place.isDown) return Promise.resolve(requests.map(() => unreachable))
    return new Promise((resolve) => {
      const stopWaiting = after(this.#clock, commandTimeoutMs, () => resolve(requests.map(() => tooLate)))
      this.#carry(this.#there, () => {
        void inner.send(requests).then((answers) =>
          this.#carry(this.#back, () => {
            stopWaiting()
            resolve(answers)
          }),
        )
      })
    })
  }

  close(): Promise<void> {
    this.#place.leave(this)
    return this.#inner?.close() ?? Promise.resolve()
  }

  reconnect(): void {
    const listener = this.#listener
    if (listener === undefined) return
    void this.#inner?.close()
    const inner = this.#place.server.connect()
    this.#inner = inner
    inner.open({
      pushed: (text) => this.#carry(this.#back, () => listener.pushed(text)),
      connected: () => (this.#place.isDown ? listener.disconnected(unreachable) : listener.connected()),
      disconnected: (failure) => listener.disconnected(failure),
    })
  }

  reached(isReached: boolean): void {
    if (isReached) this.#listener?.connected()
    else this.#listener?.disconnected(unreachable)
  }

  /** What is under way when the store goes down is lost. */
  #carry(link: NetworkLink, arrive: () => void): void {
    link.carry(() => {
      if (!this.#place.isDown) arrive()
    }, this.#place.extraMs())
  }
}
