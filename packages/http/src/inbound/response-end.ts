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

/**
 * Calls `listener` once when the response is over, at once where it is already. It is told by the response's own
 * `close`, which comes on all ends but two and, unlike the request's, on none before. Over HTTP/1 the connection is
 * asked too.
 */
export function onResponseEnd(response: ResponseLike, listener: () => void): void {
  if (isOver(response)) return listener()
  const { req, stream } = response
  if (req === undefined || stream !== undefined) return void response.on('close', listener)
  onEither(response, req.socket, listener)
}

/**
 * How a response ended that is over. Over HTTP/2 an answer that was never ended looks finished when its stream has
 * closed, so both are asked for.
 */
export function endOf({ writableEnded, writableFinished }: ResponseLike): ResponseEnd {
  return writableEnded && writableFinished ? 'answered' : 'gone'
}

/**
 * A response hears nothing when its connection closes where it has been taken off it (`detachSocket`), and on Node 22
 * where it is pipelined and its turn has not come.
 */
function onEither(response: ResponseLike, connection: Connection, listener: () => void): void {
  const listeners = known.get(connection) ?? listenersOf(connection)
  const end = (): void => {
    if (listeners.delete(end)) listener()
  }
  listeners.add(end)
  response.on('close', end)
}

const known = new WeakMap<Connection, Set<() => void>>()

/** However many there are, the connection carries one listener. */
function listenersOf(connection: Connection): Set<() => void> {
  const listeners = new Set<() => void>()
  known.set(connection, listeners)
  connection.once('close', () => {
    for (const each of listeners) each()
  })
  return listeners
}
