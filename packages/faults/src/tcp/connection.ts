import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Clock } from '@holdfast/core'
import { breakOff, Flow } from './flow.ts'
import type { FrameLength } from './frames.ts'
import type { Tally } from './tally.ts'
import type { Direction, TcpFaults } from './tcp-faults.ts'

export interface ConnectionOptions {
  readonly target: { readonly host: string; readonly port: number }
  readonly clock: Clock
  readonly random: () => number
  readonly frameLength: FrameLength
  readonly tallies: Readonly<Record<Direction, Tally>>
}

/** A client's socket and one to the target, with a flow in each direction between them. */
export class Connection {
  readonly #client: Socket
  readonly #target: Socket
  readonly #flows: Readonly<Record<Direction, Flow>>
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>

  constructor(client: Socket, options: ConnectionOptions) {
    this.#client = client
    this.#target = connect({ ...options.target, allowHalfOpen: true, noDelay: true })
    this.#flows = {
      'to-target': this.#flow(client, this.#target, 'to-target', options),
      'from-target': this.#flow(this.#target, client, 'from-target', options),
    }
    this.closed = Promise.all([closing(client), closing(this.#target)]).then(() => this.#stop())
  }

  set(faults: TcpFaults, direction: Direction): void {
    this.#flows[direction].set(faults)
  }

  replay(direction: Direction, matching: (frame: Buffer) => boolean): boolean {
    return this.#flows[direction].replay(matching)
  }

  reset(): void {
    this.#stop()
    breakOff(this.#client)
    breakOff(this.#target)
  }

  close(): void {
    this.#stop()
    this.#client.destroy()
    this.#target.destroy()
  }

  #flow(from: Socket, to: Socket, direction: Direction, options: ConnectionOptions): Flow {
    const { clock, random, frameLength } = options
    return new Flow(from, to, {
      clock,
      random,
      frameLength,
      tally: options.tallies[direction],
      onCut: () => this.#cut(from, to),
      onGap: () => this.reset(),
    })
  }

  /** Both sides hear an end; the receiver after the bytes that it was still to have. */
  #cut(from: Socket, to: Socket): void {
    this.#stop()
    from.destroy()
    to.destroySoon()
  }

  #stop(): void {
    for (const flow of Object.values(this.#flows)) flow.stop()
  }
}

/** An error is followed by the close, which says all that matters here. */
function closing(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}
