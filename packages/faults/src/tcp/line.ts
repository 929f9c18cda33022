import { sampler } from '../draw-from.ts'
import type { TcpFaults } from './tcp-faults.ts'

/** How a stream ends: in order, or broken off. */
export type Ending = 'end' | 'reset'

/** What comes out of a line: something that has arrived, or the moment at which something will. */
export type Arrival = { readonly bytes: Buffer } | { readonly ending: Ending } | { readonly at: number }

interface Sent {
  readonly content: Buffer | Ending
  readonly at: number
  /** How much later it arrives, drawn when that is asked first. */
  delay: { readonly by: Delay; readonly ms: number } | undefined
  next: Sent | undefined
}

/** Draws how long a chunk is under way. */
type Delay = (random: () => number) => number

const noDelay: Delay = () => 0

/** What keeping one chunk costs beside its bytes, so that many small ones count for what they are. */
const chunkWeight = 256
/** A throttled line hands on what it carries in this time, or a byte. */
const sliceMs = 10

/**
 * The way from a sender to a receiver as a queue in time: what was sent comes out complete and in order, at the moments
 * that the faults allow. Deterministic: it knows no clock and no socket. Black holes and cuts are the receiver's.
 */
export class Line {
  readonly #random: () => number
  #faults: TcpFaults
  #delay: Delay
  #first: Sent | undefined
  #last: Sent | undefined
  /** When the line had carried what came out last. */
  #freeAt = -Infinity
  #weight = 0

  constructor(faults: TcpFaults, random: () => number) {
    this.#faults = faults
    this.#delay = delayOf(faults)
    this.#random = random
  }

  /** Roughly the bytes of memory that what is under way takes. */
  get weight(): number {
    return this.#weight
  }

  set(faults: TcpFaults, now: number): void {
    this.#faults = faults
    this.#delay = delayOf(faults)
    this.idleUntil(now)
  }

  /** What the line carries next, it begins to carry at `now` at the earliest. */
  idleUntil(now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now)
  }

  send(content: Buffer | Ending, now: number): void {
    if (content.length === 0) return
    this.#weight += weightOf(content)
    const sent: Sent = { content, at: now, delay: undefined, next: undefined }
    if (this.#last === undefined) this.#first = sent
    else this.#last.next = sent
    this.#last = sent
  }

  /** Takes out what comes next, if it has arrived by `now`; undefined when there is nothing to wait for. */
  take(now: number): Arrival | undefined {
    const sent = this.#first
    if (sent === undefined || this.#faults.hold === true) return undefined
    const length = this.#lengthOfSlice(sent.content)
    const at = Math.max(sent.at + this.#delayMs(sent), this.#freeAt) + this.#carryingMs(length)
    if (at > now) return { at }
    this.#freeAt = at
    return this.#remove(sent, length)
  }

  #delayMs(sent: Sent): number {
    if (sent.delay?.by !== this.#delay) sent.delay = { by: this.#delay, ms: this.#delay(this.#random) }
    return sent.delay.ms
  }

  #lengthOfSlice(content: Buffer | Ending): number {
    const { bytesPerSecond } = this.#faults
    if (typeof content === 'string') return 0
    if (bytesPerSecond === undefined) return content.length
    return Math.min(content.length, Math.max(1, Math.floor((bytesPerSecond * sliceMs) / 1000)))
  }

  #carryingMs(length: number): number {
    const { bytesPerSecond } = this.#faults
    return bytesPerSecond === undefined ? 0 : (length * 1000) / bytesPerSecond
  }

  #remove(sent: Sent, length: number): Arrival {
    const { content, next } = sent
    this.#weight -= weightOf(content)
    this.#first = next
    if (next === undefined) this.#last = undefined
    if (typeof content === 'string') return { ending: content }
    if (length < content.length) this.#putBack(sent, content.subarray(length))
    return { bytes: content.subarray(0, length) }
  }

  #putBack(sent: Sent, content: Buffer): void {
    this.#weight += weightOf(content)
    this.#first = { ...sent, content, next: this.#first }
    this.#last ??= this.#first
  }
}

function delayOf({ delayMs }: TcpFaults): Delay {
  return delayMs === undefined ? noDelay : sampler(delayMs)
}

function weightOf(content: Buffer | Ending): number {
  return content.length + chunkWeight
}
