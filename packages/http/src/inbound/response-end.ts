/** What is needed of a response, whatever the framework: Node's own has it, over HTTP/1 and HTTP/2. */
export interface ResponseLike {
  readonly statusCode: number
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly closed?: boolean
  readonly headersSent?: boolean
  setHeader?(name: string, value: string): unknown
  readonly req?: { readonly socket: Connection }
  /** Over HTTP/2. */
  readonly stream?: { readonly closed: boolean } | undefined
  on(event: 'close', listener: () => void): unknown
}

interface Connection {
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
}

/** `answered`: all has been written. `gone`: the client did not wait for that. */
export type ResponseEnd = 'answered' | 'gone'

/** Whether nobody waits for it any more. */
export function isOver({ closed, req, stream }: ResponseLike): boolean {
  if (closed === true) return true
  return stream === undefined ? req?.socket.destroyed === true : stream.closed
}

/** Calls `listener` once when the response is over, at once where it is already. */
export function onResponseEnd(response: ResponseLike, listener: () => void): void {
  if (isOver(response)) return listener()
  const end = (): void => {
    if (unlistenForEnd(response, end)) listener()
  }
  listenForEnd(response, end)
}

/**
 * The same for a response that is not over, without a closure: `listener` may be called twice, and has to call
 * `unlistenForEnd` the first time. It is told by the response's own `close`, which comes on all ends but two and, unlike the
 * request's, on none before. A response hears nothing when its connection closes where it has been taken off it
 * (`detachSocket`), and on Node 22 where it is pipelined and its turn has not come: so over HTTP/1 the connection is asked too.
 */
export function listenForEnd(response: ResponseLike, listener: () => void): void {
  const connection = connectionOf(response)
  if (connection !== undefined) (known.get(connection) ?? listenersOf(connection)).add(listener)
  response.on('close', listener)
}

/** Whether it was the first time. */
export function unlistenForEnd(response: ResponseLike, listener: () => void): boolean {
  const connection = connectionOf(response)
  return connection === undefined || known.get(connection)?.delete(listener) === true
}

function connectionOf({ req, stream }: ResponseLike): Connection | undefined {
  return stream === undefined ? req?.socket : undefined
}

/**
 * How a response ended that is over. Over HTTP/2 an answer that was never ended looks finished when its stream has
 * closed, so both are asked for.
 */
export function endOf({ writableEnded, writableFinished }: ResponseLike): ResponseEnd {
  return writableEnded && writableFinished ? 'answered' : 'gone'
}

/** Who waits for the end of a connection's responses: one at a time, unless requests are pipelined. */
class Listeners {
  #first: (() => void) | undefined
  #others: Set<() => void> | undefined

  add(listener: () => void): void {
    if (this.#first === undefined) this.#first = listener
    else (this.#others ??= new Set()).add(listener)
  }

  delete(listener: () => void): boolean {
    if (this.#first !== listener) return this.#others?.delete(listener) === true
    this.#first = undefined
    return true
  }

  tell(): void {
    const all = [this.#first, ...(this.#others ?? [])]
    for (const listener of all) listener?.()
  }
}

const known = new WeakMap<Connection, Listeners>()

/** However many there are, the connection carries one listener. */
function listenersOf(connection: Connection): Listeners {
  const listeners = new Listeners()
  known.set(connection, listeners)
  connection.once('close', () => listeners.tell())
  return listeners
}
