import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import type { RequestHandler } from 'express'
import type { Caller, Operation } from './subject.ts'

/** As much of a request as an adapter may look at. */
class StubbedRequest {
  readonly headers: Readonly<Record<string, string>> = { host: 'bench' }
  readonly url: string = '/stock?item=1'
  readonly originalUrl: string = this.url
  readonly socket: { readonly remoteAddress: string } = { remoteAddress: '127.0.0.1' }
}

/** As many as a busy server has. */
const connections = Array.from({ length: 50 }, () => Object.assign(new EventEmitter(), { destroyed: false }))
let arrived = 0

/** As much of a response, which never leaves the process. */
class StubbedResponse extends EventEmitter {
  statusCode = 200
  headersSent = false
  writableEnded = false
  writableFinished = false
  closed = false
  readonly req: { readonly socket: EventEmitter } = {
    socket: connections[arrived++ % connections.length] as EventEmitter,
  }

  end(): void {
    this.headersSent = true
    this.writableEnded = true
    this.writableFinished = true
    this.closed = true
    this.emit('close')
  }
}

/** Every request comes in a context of its own, as those of Node's server do. */
const arrival = new AsyncResource('request')

/** One request through a middleware, from its arrival to its end; the operation is its handler. */
export function throughMiddleware(middleware: RequestHandler): Caller {
  let operation: Operation
  let outcome: Promise<unknown>
  const next = (error?: unknown): void => {
    outcome = error === undefined ? operation() : Promise.resolve({ error })
  }
  const arrive = (): void => {
    const response = new StubbedResponse()
    // What the middleware does not look at is left out.
    void middleware(new StubbedRequest() as never, response as never, next)
    response.end()
  }
  return (asked) => {
    operation = asked
    arrival.runInAsyncScope(arrive)
    return outcome
  }
}
