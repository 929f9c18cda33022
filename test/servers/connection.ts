import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { encoded, parsed, ReplyError } from './resp.ts'
import type { Reply } from './resp.ts'

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

const silenceMs = 10_000

/** One connection of a test to a server. Commands that are sent without waiting for each other form a pipeline. */
export class Connection {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  #unread: Buffer = Buffer.alloc(0)

  constructor(port: number, tls?: ConnectionOptions) {
    const address = { port, host: '127.0.0.1' }
    this.#socket = tls === undefined ? connect(address) : connectSecurely({ ...address, ...tls })
    this.#socket.on('data', (bytes) => this.#read(bytes))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    this.#socket.setTimeout(silenceMs, () => {
      if (this.#waiting.length > 0) this.#socket.destroy(new Error(`no reply within ${silenceMs} ms`))
    })
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** Rejects with a {@link ReplyError} when the server answers with an error. */
  command(args: readonly (string | number)[]): Promise<Reply> {
    if (!this.isOpen) return Promise.reject(new Error('the connection is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(encoded(args))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    let start = 0
    for (let next = this.#next(start); next !== undefined; next = this.#next(start)) start = next
    this.#unread = this.#unread.subarray(start)
  }

  #next(start: number): number | undefined {
    const found = parsed(this.#unread, start)
    if (found === undefined) return undefined
    const { reply, end } = found
    const waiting = this.#waiting.shift()
    if (reply instanceof ReplyError) waiting?.reject(reply)
    waiting?.resolve(reply)
    return end
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
