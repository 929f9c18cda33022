import type { Socket } from 'node:net'
import { HoldfastConfigError, systemClock, systemRandom } from '@holdfast/core'
import type { Clock } from '@holdfast/core'
import { Connection } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { Door } from './door.ts'
import type { FrameLength } from './frames.ts'
import { Tally } from './tally.ts'
import { checkedFaults, directions, meant } from './tcp-faults.ts'
import type { Direction, TcpFaults } from './tcp-faults.ts'

export interface TcpProxyOptions {
  /** Where connections go. Default host 127.0.0.1. */
  readonly target: { readonly host?: string; readonly port: number }
  /** Where the proxy listens. Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** Where delays and throttles take their time from. Default the machine's clock. */
  readonly clock?: Clock
  /** Uniform in [0, 1): for delays that are drawn, and for ratios. Default `Math.random`. */
  readonly random?: () => number
  /** Tells frames apart, for `replay`; an error of it is uncaught. Default: every chunk that a socket gives is a frame. */
  readonly frameLength?: FrameLength
}

export interface TcpProxyStatistics {
  /** Connections accepted since the start. */
  readonly accepted: number
  /** Connections of which a socket is open still. */
  readonly open: number
  /** Bytes of all connections: what came from the sender, and what was handed on, replays included. */
  readonly bytes: Readonly<Record<Direction, { readonly received: number; readonly forwarded: number }>>
}

export interface TcpProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number
  /**
   * Lets these be the faults of a direction, or of both, instead of those set before: on every connection, open or to
   * come. Throws a `HoldfastConfigError` where a fault is unknown or out of bounds.
   */
  set(faults: TcpFaults, direction?: Direction): void
  /** The same as setting no fault. */
  clear(direction?: Direction): void
  /**
   * Ends connections with a reset on both sides: all, or each with the chance `ratio`, 0 to 1. What was under way is lost.
   */
  reset(ratio?: number): void
  /**
   * Refuses new connections until `accept`; those that are open stay. With a `ratio` below 1 each newcomer has that chance
   * to be let in and reset at once, which a client hears as `ECONNRESET`: a system refuses all or none.
   */
  refuse(ratio?: number): void
  /** Resolves when new connections are accepted again; rejects where the port has been taken, or after `stop`. */
  accept(): Promise<void>
  /**
   * Hands on once more, on every connection, the newest frame of the direction that `matching` accepts (by default any),
   * through the same faults. Waits for the end of a frame that is passing. Returns on how many connections there was one.
   */
  replay(direction: Direction, matching?: (frame: Buffer) => boolean): number
  /** Resolves once so many bytes have come from the sender since the start; rejects when the proxy stops before. */
  received(direction: Direction, bytes: number): Promise<void>
  statistics(): TcpProxyStatistics
  /** Closes all connections; resolves when no socket is left. */
  stop(): Promise<void>
}

/** Starts a proxy in front of a TCP server. Rejects where it cannot listen. */
export async function tcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new StartedProxy(options)
  await proxy.accept()
  return proxy
}

class StartedProxy implements TcpProxy {
  readonly #host: string
  readonly #door = new Door((socket) => this.#enter(socket))
  readonly #connections = new Set<Connection>()
  readonly #tallies: Readonly<Record<Direction, Tally>> = {
    'to-target': new Tally(),
    'from-target': new Tally(),
  }
  readonly #faults: Record<Direction, TcpFaults> = { 'to-target': {}, 'from-target': {} }
  readonly #connectionOptions: ConnectionOptions
  readonly #random: () => number
  #refusedRatio = 0
  #accepted = 0
  #stopped = false
  port: number

  constructor(options: TcpProxyOptions) {
    const { target, host = '127.0.0.1', port = 0, clock = systemClock } = options
    const { random = systemRandom, frameLength = (bytes) => bytes.length } = options
    this.#random = random
    this.#host = host
    this.port = port
    this.#connectionOptions = {
      target: { host: target.host ?? '127.0.0.1', port: target.port },
      clock,
      random,
      frameLength,
      tallies: this.#tallies,
    }
  }

  set(faults: TcpFaults, direction?: Direction): void {
    const checked = checkedFaults(faults)
    for (const each of meant(direction)) {
      this.#faults[each] = checked
      for (const connection of this.#connections) connection.set(checked, each)
    }
  }

  clear(direction?: Direction): void {
    this.set({}, direction)
  }

  reset(ratio: number = 1): void {
    checkRatio(ratio)
    for (const connection of this.#connections) if (this.#random() < ratio) connection.reset()
  }

  refuse(ratio: number = 1): void {
    checkRatio(ratio)
    this.#refusedRatio = ratio
    if (ratio === 1) this.#door.close()
  }

  async accept(): Promise<void> {
    if (this.#stopped) throw new Error('the proxy has stopped')
    this.#refusedRatio = 0
    this.port = await this.#door.open(this.#host, this.port)
  }

  replay(direction: Direction, matching: (frame: Buffer) => boolean = () => true): number {
    const [only] = meant(direction)
    return [...this.#connections].filter((each) => each.replay(only ?? direction, matching)).length
  }

  received(direction: Direction, bytes: number): Promise<void> {
    return this.#tallies[direction].until(bytes)
  }

  statistics(): TcpProxyStatistics {
    const bytes = (direction: Direction): { readonly received: number; readonly forwarded: number } => {
      const { received, forwarded } = this.#tallies[direction]
      return { received, forwarded }
    }
    return {
      accepted: this.#accepted,
      open: this.#connections.size,
      bytes: { 'to-target': bytes('to-target'), 'from-target': bytes('from-target') },
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#door.close()
    for (const direction of directions) this.#tallies[direction].stop()
    for (const connection of this.#connections) connection.close()
    await Promise.all([...this.#connections].map((each) => each.closed))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #enter(socket: Socket): void {
    if (this.#refusedRatio > 0 && this.#random() < this.#refusedRatio) {
      return void socket.on('error', () => {}).resetAndDestroy()
    }
    this.#accepted++
    const connection = new Connection(socket, this.#connectionOptions)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    for (const direction of directions) connection.set(this.#faults[direction], direction)
  }
}

function checkRatio(ratio: number): void {
  if (ratio >= 0 && ratio <= 1) return
  throw new HoldfastConfigError(`tcpProxy: ratio must be a number from 0 to 1, not ${ratio}`)
}
