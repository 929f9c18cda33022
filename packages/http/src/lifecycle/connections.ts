import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import { Server } from 'node:net'
import type { Socket } from 'node:net'
import { onResponseEnd } from '../inbound/response-end.ts'

/** A server of `node:http`, `node:https` or `node:http2`; the last has no such methods as HTTP/1 has. */
export type HttpLikeServer = Server &
  Partial<Pick<HttpServer, 'closeAllConnections' | 'closeIdleConnections'>>

type Answer = ServerResponse | Http2ServerResponse

/**
 * The connections of a server, and the requests under way on them: how to let clients leave without losing an answer.
 * They leave in steps: `announce`, `stop`, `quit`, `destroy`.
 */
export class Connections {
  readonly #server: HttpLikeServer
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #responses = new Set<Answer>()
  #step: 'open' | 'announced' | 'stopped' | 'quitting' = 'open'

  constructor(server: HttpLikeServer) {
    this.#server = server
    server.on('connection', (socket: Socket) => keep(this.#sockets, socket))
    server.on('session', (session: ServerHttp2Session) => keep(this.#sessions, session))
    // Before the application's own listener: it may answer at once.
    server.prependListener('request', (_request: IncomingMessage, response: Answer) => {
      this.#opened(response)
    })
  }

  /** How many requests have come and not been answered to the end. */
  get open(): number {
    return this.#responses.size
  }

  /** Every answer over HTTP/1 from now on tells its client that the connection will not be used again. */
  announce(): void {
    this.#step = 'announced'
    for (const response of this.#responses) sayClose(response)
  }

  /** Accepts no more connections, and closes each as soon as nothing is under way on it. Resolves when none is left. */
  stop(): Promise<void> {
    this.#step = 'stopped'
    const closed = this.#closed()
    // The HTTP server's own `close` destroys connections whose last answer has not been flushed yet.
    if (this.#server.listening) Server.prototype.close.call(this.#server)
    for (const session of this.#sessions) session.close()
    this.#closeIdle()
    return closed
  }

  /** Waits no longer for connections on which no request has come yet: when nothing is under way, closes them too. */
  quit(): void {
    this.#step = 'quitting'
    this.#closeIdle()
  }

  /** Cuts off what is left. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections?.()
  }

  #opened(response: Answer): void {
    this.#responses.add(response)
    if (this.#step !== 'open') sayClose(response)
    onResponseEnd(response, () => {
      this.#responses.delete(response)
      if (this.#step === 'stopped' || this.#step === 'quitting') this.#closeIdle()
    })
  }

  #closed(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#server.listening && this.#sockets.size === 0) return resolve()
      this.#server.once('close', () => {
        // It is closed already; this ends the timer with which an HTTP server looks for slow requests.
        this.#server.close(() => {})
        resolve()
      })
    })
  }

  #closeIdle(): void {
    if (this.#step === 'quitting' && this.open === 0) return this.#server.closeAllConnections?.()
    // An answer that has ended but not been flushed looks idle to Node: when it has, this is asked again.
    for (const { writableEnded } of this.#responses) if (writableEnded) return
    this.#server.closeIdleConnections?.()
  }
}

function keep<Each extends { once(event: 'close', listener: () => void): unknown }>(
  all: Set<Each>,
  each: Each,
): void {
  all.add(each)
  each.once('close', () => all.delete(each))
}

/** HTTP/2 has no such header, and Node no way to tell a session that does not refuse what is on its way. */
function sayClose(response: Answer): void {
  if (!('stream' in response) && !response.headersSent) response.setHeader('connection', 'close')
}
