import type { Socket } from 'node:net'
import { wait } from './loop-time.ts'

/** Long enough for bytes on loopback to be read before what follows them. */
const apartMs = 25

/** The most that one behaviour sends. */
const mostBytes = 8 * 1024 * 1024

/** The server's end of one connection, with the words of which behaviours are made. */
export class Wire {
  /** Counted from 1 in the order of connecting. */
  readonly number: number
  /** Whether everything asked was answered in full, so that a client may keep the connection. */
  atRest = true
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #over = new AbortController()
  #sent = 0
  #readsOn = false

  constructor(number: number, socket: Socket) {
    this.number = number
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.once('close', () => this.#over.abort())
    // The client has no more to say; whatever a behaviour still had to say, nobody would read.
    socket.once('end', () => socket.end())
  }

  /** Bytes as `latin1` text; lines end as HTTP's do. */
  write(text: string): void {
    if (!this.#socket.writable) return
    const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')
    this.#sent += bytes.length
    if (this.#sent > mostBytes) throw new Error('a behaviour must not go on for ever')
    this.#socket.write(bytes)
  }

  /** A whole answer, after which the connection may be used again. */
  answer(status: number, body: string, headers = ''): void {
    this.atRest = true
    this.write(`HTTP/1.1 ${status} Word\n${headers}content-length: ${Buffer.byteLength(body)}\n\n`)
    this.write(body)
  }

  /** The client reads what was written, and nothing after it. */
  pause(): Promise<void> {
    return wait(apartMs, this.#over.signal)
  }

  /** Writes `text` again and again, until the client is gone or so many times are over. */
  async trickle(text: string, times: number): Promise<void> {
    for (let time = 0; time < times && !this.#over.signal.aborted; time++) {
      this.write(text)
      await this.pause()
    }
  }

  /** Ends its own direction, and goes on reading. */
  finish(): void {
    this.#socket.end()
  }

  /** Ends both directions with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Leaves what the client sends where it is. */
  stopReading(): void {
    this.#socket.pause()
  }

  readOn(): void {
    this.#readsOn = true
    this.#socket.resume()
  }

  /** Whether nothing has come, though it reads on. A client opens connections for requests that then are not sent. */
  get isUnused(): boolean {
    return this.#readsOn && this.#socket.bytesRead === 0
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
