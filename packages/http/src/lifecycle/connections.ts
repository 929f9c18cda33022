import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import { Server } from 'node:net'
import type { Socket } from 'node:net'
import { onResponseEnd } from '../inbound/response-end.ts'

/** A server of `node:http`, `node:https` or `node:http2`; the last has no such method as HTTP/1 has. */
type HttpLikeServer = Server & Partial<Pick<HttpServer, 'closeAllConnections'>>

type Answer = ServerResponse | Http2ServerResponse

/**
 * How a connection is used. It is idle where no answer is open and nothing has come since the last. Node's own idea of
 * that differs from version to version, and takes an answer that has ended but not been flushed for over.
 */
interface Use {
  open: number
  /** When the last answer was over. */
  bytesRead: number
}

/**
 * The connections of a server, and the requests under way on them: how to let clients leave without losing an answer.
 * They leave in steps: `announce`, `stop`, `quit`, `destroy`.
 */
export class Connections {
  readonly #server: HttpLikeServer
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #responses = new Set<Answer>()
  /** Of the connections over HTTP/1 on which a request has come. */
  readonly #uses = new Map<Socket, Use>()
  #step: 'open' | 'announced' | 'stopped' | 'quitting' = 'open'

  constructor(server: HttpLikeServer) {
    this.#server = server
    server.on('connection', (socket: Socket) => keep(this.#sockets, socket))
    server.on('session', (session: ServerHttp2Session) => keep(this.#sessions, session))
    // Before the application's own listener: it may answer at once.
    server.prependListener('request', (request: IncomingMessage, response: Answer) => {
      this.#opened(request, response)
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

  #opened({ socket }: IncomingMessage, response: Answer): void {
    this.#responses.add(response)
    if (this.#step !== 'open') sayClose(response)
    // A session of HTTP/2 is told to close, and knows itself when it can.
    const use = 'stream' in response ? undefined : this.#useOf(socket)
    if (use !== undefined) use.open++
    onResponseEnd(response, () => {
      if (!this.#responses.delete(response)) return
      if (use !== undefined) {
        use.open--
        use.bytesRead = socket.bytesRead
      }
      if (this.#step === 'stopped' || this.#step === 'quitting') this.#closeIdle()
    })
  }

  #useOf(socket: Socket): Use {
    const known = this.#uses.get(socket)
    if (known !== undefined) return known
    const use = { open: 0, bytesRead: 0 }
    this.#uses.set(socket, use)
    socket.once('close', () => this.#uses.delete(socket))
    return use
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
    for (const [socket, use] of this.#uses) {
      if (use.open === 0 && use.bytesRead === socket.bytesRead) socket.destroy()
    }
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
