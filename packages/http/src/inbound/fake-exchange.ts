import { EventEmitter } from 'node:events'
import type { RequestLike } from './request.ts'
import type { ResponseLike } from './response-end.ts'

/** What a test asks a door with: a request that says what it is told to. */
export class FakeRequest implements RequestLike {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string }
  readonly url: string

  constructor(headers: FakeRequest['headers'] = {}, url: string = '/', remoteAddress: string = '127.0.0.1') {
    this.headers = headers
    this.url = url
    this.socket = { remoteAddress }
  }
}

/** And a response whose client a test plays. */
export class FakeResponse extends EventEmitter implements ResponseLike {
  statusCode = 200
  writableEnded = false
  writableFinished = false
  closed = false

  /** All is written, and the client has it. */
  answer(status: number): void {
    this.statusCode = status
    this.writableEnded = true
    this.writableFinished = true
    this.close()
  }

  /** The client leaves, if all has not been written. */
  close(): void {
    this.closed = true
    this.emit('close')
  }
}
