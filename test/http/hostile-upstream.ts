import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Behaviour } from './behaviour.ts'
import { ok } from './behaviour.ts'
import { loopClock } from './loop-time.ts'
import { RequestReader } from './request-reader.ts'
import type { ReadRequest } from './request-reader.ts'
import { Wire } from './wire.ts'

/** A request that has come, and on which connection. */
export interface Seen {
  readonly connection: number
  readonly request: ReadRequest
  /** On the loop's clock, when its head had come. */
  readonly atMs: number
}

/** No test needs more; a client that opens them without end is cut off. */
const mostConnections = 64

/** An HTTP/1 server on loopback that treats its clients badly: each connection or request as it was told. */
export class HostileUpstream {
  /** In the order in which their heads came. */
  readonly seen: Seen[] = []
  readonly #server: Server
  readonly #wires = new Set<Wire>()
  readonly #first: Behaviour[] = []
  #then: Behaviour = ok
  #connections = 0

  /** Listens on a free port when it resolves. */
  static async start(): Promise<HostileUpstream> {
    const upstream = new HostileUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
    this.#server.maxConnections = mostConnections
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many connections are open, whoever ought to close them. */
  get open(): number {
    return this.#wires.size
  }

  /** Treats the next requests as listed, one after the other, and all that follow as `then`. */
  behave(first: readonly Behaviour[], then: Behaviour = ok): void {
    this.#first.splice(0, Infinity, ...first)
    this.#then = then
  }

  /**
   * Ends its direction of the connections that are at rest: a client that has nothing to do there closes them. So is one
   * on which nothing has come, as it turns out when this is called again. Reads on where it had stopped, so as to hear of
   * those that were closed.
   */
  endAtRest(): void {
    for (const wire of this.#wires) {
      if (wire.atRest || wire.isUnused) wire.finish()
      wire.readOn()
    }
  }

  /** Closes every connection; resolves when none is left. */
  async stop(): Promise<void> {
    const closed = [once(this.#server, 'close'), ...[...this.#wires].map((wire) => wire.closed)]
    this.#server.close()
    for (const wire of this.#wires) wire.destroy()
    await Promise.all(closed)
  }

  #accept(socket: Socket): void {
    const wire = new Wire(++this.#connections, socket)
    this.#wires.add(wire)
    socket.once('close', () => this.#wires.delete(wire))
    // Resets by the client are what many a test is about.
    socket.on('error', () => {})
    const refusal = this.#next(true)
    if (refusal !== ok) {
      wire.atRest = false
      socket.resume()
      return void refusal.act(wire)
    }
    let behaviour: Behaviour | undefined
    const reader = new RequestReader((progress, request) => {
      if (behaviour === undefined) wire.atRest = false
      behaviour ??= this.#next(false)
      if (request !== undefined && progress === 'head') this.#note(wire, request)
      if (behaviour.when === progress) void behaviour.act(wire)
      if (progress === 'request') behaviour = undefined
    })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => reader.push(text))
  }

  /** What is meant for a new connection stays for one. */
  #next(forNew: boolean): Behaviour {
    const next = this.#first[0] ?? this.#then
    if ((next.when === 'accepted') !== forNew) return ok
    this.#first.shift()
    return next
  }

  #note(wire: Wire, request: ReadRequest): void {
    this.seen.push({ connection: wire.number, request, atMs: loopClock.now() })
  }
}
