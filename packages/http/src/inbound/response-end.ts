/** What is needed of a response, whatever the framework: Node's own has it, over HTTP/1 and HTTP/2. */
export interface ResponseLike {
  readonly statusCode: number
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly closed?: boolean
  readonly headersSent?: boolean
  setHeader?(name: string, value: string): unknown
  /** Null while it is pipelined behind another response on the same connection. */
  readonly socket?: object | null
  readonly req?: { readonly socket: Connection }
  /** Over HTTP/2. */
  readonly stream?: { readonly closed: boolean } | undefined
  on(event: 'close', listener: () => void): unknown
}

interface Connection {
  once(event: 'close', listener: () => void): unknown
}

/** `answered`: all has been written. `gone`: the client did not wait for that. */
export type ResponseEnd = 'answered' | 'gone'

/**
 * Calls `listener` once when the response is over, at once where it is already. It is told by the response's own
 * `close`, which comes on every end and, unlike the request's, on none before.
 */
export function onResponseEnd(response: ResponseLike, listener: () => void): void {
  if (response.closed === true || response.stream?.closed === true) return listener()
  if (response.socket === null && response.req !== undefined) {
    return onEither(response, response.req.socket, listener)
  }
  response.on('close', listener)
}

/**
 * How a response ended that is over. Over HTTP/2 an answer that was never ended looks finished when its stream has
 * closed, so both are asked for.
 */
export function endOf({ writableEnded, writableFinished }: ResponseLike): ResponseEnd {
  return writableEnded && writableFinished ? 'answered' : 'gone'
}

/** For pipelined responses, which on Node 22 hear nothing when their connection closes before their turn. */
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
