import type { Socket } from 'node:net'
import { Timer, wheelOf } from '@holdfast/core'
import type { Clock } from '@holdfast/core'
import { Frames } from './frames.ts'
import type { FrameLength } from './frames.ts'
import { Line } from './line.ts'
import type { Arrival, Ending } from './line.ts'
import type { Tally } from './tally.ts'
import type { TcpFaults } from './tcp-faults.ts'

/** Beyond this nothing more is read from the sender. */
const longestLine = 2 ** 20

export interface FlowOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly frameLength: FrameLength
  readonly tally: Tally
  /** The last bytes before a cut have arrived. */
  readonly onCut: () => void
  /** Bytes would come after others that were lost. */
  readonly onGap: () => void
}

class Wake extends Timer {
  override readonly fire: () => void

  constructor(fire: () => void) {
    super()
    this.fire = fire
  }
}

/** Carries what one socket receives over to the other, as the faults of the direction demand. */
export class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #options: FlowOptions
  readonly #line: Line
  readonly #frames: Frames
  readonly #timer: Timer = new Wake(() => this.#pump())
  #faults: TcpFaults = {}
  #bytesToCut = Infinity
  #blocked = false
  #paused = false
  #ended = false
  #hasGap = false
  #over = false

  constructor(from: Socket, to: Socket, options: FlowOptions) {
    this.#from = from
    this.#to = to
    this.#options = options
    this.#line = new Line({}, options.random)
    this.#frames = new Frames(options.frameLength)
    from.on('data', (chunk: Buffer) => this.#receive(chunk))
    from.once('end', () => this.#end('end'))
    from.once('close', (broken) => {
      if (broken || !this.#ended) this.#end('reset')
    })
    to.on('drain', () => this.#unblock())
  }

  set(faults: TcpFaults): void {
    if (this.#over) return
    this.#faults = faults
    this.#bytesToCut = faults.cutAfterBytes ?? Infinity
    this.#line.set(faults, this.#options.clock.now())
    if (this.#hasGap && faults.blackHole !== true) return this.#options.onGap()
    if (this.#bytesToCut === 0) return this.#options.onCut()
    this.#pump()
  }

  /** Sends the newest frame that `matching` accepts once more; false where there is none. */
  replay(matching: (frame: Buffer) => boolean): boolean {
    const frame = this.#over || this.#ended ? undefined : this.#frames.find(matching)
    if (frame === undefined) return false
    this.#send(this.#frames.putIn(frame))
    return true
  }

  /** Carries nothing more. What still comes is read and dropped, so that the socket can come to its end. */
  stop(): void {
    this.#over = true
    this.#pump()
  }

  #receive(chunk: Buffer): void {
    if (this.#over) return
    this.#options.tally.receive(chunk.length)
    this.#send(this.#frames.pass(chunk))
  }

  #send(pieces: readonly Buffer[]): void {
    const now = this.#options.clock.now()
    for (const piece of pieces) this.#line.send(piece, now)
    this.#pump()
  }

  #end(ending: Ending): void {
    this.#ended = true
    this.#line.send(ending, this.#options.clock.now())
    this.#pump()
  }

  #unblock(): void {
    this.#blocked = false
    this.#line.idleUntil(this.#options.clock.now())
    this.#pump()
  }

  #pump(): void {
    this.#timer.cancel()
    while (!this.#over && (!this.#blocked || this.#faults.blackHole === true)) {
      const now = this.#options.clock.now()
      const arrival = this.#line.take(now)
      if (arrival === undefined) break
      if ('at' in arrival) {
        wheelOf(this.#options.clock).add(this.#timer, arrival.at, now)
        break
      }
      this.#arrive(arrival)
    }
    this.#regulate()
  }

  #arrive(arrival: Exclude<Arrival, { at: number }>): void {
    if (this.#faults.blackHole === true) this.#hasGap = true
    else if ('bytes' in arrival) this.#write(arrival.bytes)
    else if (arrival.ending === 'end') this.#to.end()
    else breakOff(this.#to)
  }

  #write(bytes: Buffer): void {
    if (!this.#to.writable) return
    const passing = bytes.subarray(0, Math.min(bytes.length, this.#bytesToCut))
    this.#bytesToCut -= passing.length
    this.#options.tally.forwarded += passing.length
    this.#blocked = !this.#to.write(passing)
    if (this.#bytesToCut === 0) this.#options.onCut()
  }

  #regulate(): void {
    const full = !this.#over && this.#line.weight > longestLine
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#from.pause()
    else this.#from.resume()
  }
}

/** Closes with a reset, which cannot be sent before there is a connection, nor in the turn that it takes to send an end. */
export function breakOff(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
  if (socket.connecting) socket.destroy()
  else if (isEnding) socket.once('finish', () => breakOff(socket))
  else if (!socket.destroyed) socket.resetAndDestroy()
}
