import type { Call, Endpoint } from '@holdfast/core'
import type { HeaderReader } from '../deadline.ts'

/** One request as its caller means it, whatever it takes to have it answered. */
export interface OutboundRequest {
  readonly method: string
  /** Absolute, or relative to the client's `baseUrl` or endpoints. */
  readonly url: string | URL
  readonly header: HeaderReader
  /** Whether its body can be sent again: see `isReplayable`. */
  readonly replayable: boolean
  /** Whether it may be done twice. Default: by its method, or by an `Idempotency-Key`. */
  readonly idempotent?: boolean | undefined
  /** What is asked for, from a small set of names: it has a circuit and a bulkhead of its own. Default: by the client. */
  readonly operation?: string | undefined
  /** The caller's own. Cuts the answer's body too. */
  readonly signal?: AbortSignal | undefined
  /** On the client's clock. The deadline of the request that is being served binds besides. */
  readonly deadline?: number | undefined
}

/** What is to be sent. */
export interface Attempt {
  readonly url: URL
  /** To be set on the request, or taken off it where the value is undefined. Names are in lower case. */
  readonly headers: ReadonlyMap<string, string | undefined>
  /** 1 is the first that is sent for the request. */
  readonly number: number
  readonly endpoint: Endpoint | undefined
  readonly call: Call
  /**
   * Cuts the attempt short; once it was answered, only the caller's own signal does, until the `body` of the answer has
   * ended. Made when it is first read.
   */
  readonly signal: AbortSignal
}

/** What came back: everything up to the headers. */
export interface Answer<Response> {
  readonly status: number
  readonly header: HeaderReader
  /** What the caller gets. */
  readonly response: Response
  /** What is still to be read: a stream of Node's or of the web. Default: nothing. */
  readonly body?: unknown
  /** Frees the connection of an answer that nobody will read. */
  discard(): unknown
}

/** The methods that do the same however often they are sent (RFC 9110, and QUERY). */
const idempotentMethods: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'QUERY',
  'TRACE',
])

/** Whether a request may be done twice: as its caller says, or by its method, or since it has an `Idempotency-Key`. */
export function isIdempotent({
  idempotent,
  method,
  header,
}: Pick<OutboundRequest, 'header' | 'idempotent' | 'method'>): boolean {
  if (idempotent !== undefined) return idempotent
  if (idempotentMethods.has(method.toUpperCase())) return true
  const key = header('idempotency-key')
  return typeof key === 'string' && key !== ''
}

/** Whether a request body can be sent again: text, bytes, `URLSearchParams`, `Blob`, `FormData`, or none. */
export function isReplayable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true
  if (body instanceof ArrayBuffer || body instanceof SharedArrayBuffer || ArrayBuffer.isView(body))
    return true
  return body instanceof URLSearchParams || body instanceof Blob || body instanceof FormData
}
