import { HoldfastError, Rejection } from '@holdfast/core'
import { StatusError } from '../status-error.ts'
import { statusMeaning } from './status.ts'

/**
 * What a failed attempt says. `unsent`: nothing of the request has left. `unknown`: it may have been done. `local`: the
 * request, its caller or this process is to blame. `refused`: a guard let nothing out.
 */
type FailureKind = 'local' | 'refused' | 'status' | 'unknown' | 'unsent'

export interface Failure {
  readonly kind: FailureKind
  /** Whether another attempt may do better, if the request may be repeated. */
  readonly retryable: boolean
  /** Whether it tells something bad about the service, for a circuit breaker and the health of an endpoint. */
  readonly counts: boolean
}

const local: Failure = { kind: 'local', retryable: false, counts: false }
const refused: Failure = { kind: 'refused', retryable: true, counts: false }
const unsent: Failure = { kind: 'unsent', retryable: true, counts: true }
const unknown: Failure = { kind: 'unknown', retryable: true, counts: true }

/** No connection was made, or none that was trusted: whatever the method, nothing has been done. */
const unsentCodes = [
  ...['ECONNREFUSED', 'EAI_AGAIN', 'EAI_FAIL', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['ERR_SSL_WRONG_VERSION_NUMBER'],
]

/** The request was under way, or no answer came in time. */
const unknownCodes = [
  ...['ECONNABORTED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EHOSTDOWN', 'ENETDOWN', 'ENETRESET', 'EPROTO', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_HTTP2_STREAM_ERROR'],
  ...['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_SESSION_ERROR', 'ERR_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
  ...['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
  ...['UND_ERR_SOCKET', 'UND_ERR_INFO'],
]

/** The request cannot be sent as it is, its caller wants it no longer, or this process has no means. */
const localCodes = [
  ...[
    'ABORT_ERR',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENFILE',
    'ERR_CANCELED',
    'ERR_HTTP_INVALID_HEADER_VALUE',
    'ERR_INVALID_ARG_TYPE',
  ],
  ...['ERR_INVALID_ARG_VALUE', 'ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_PROTOCOL'],
  ...[
    'ERR_INVALID_URL',
    'ERR_UNESCAPED_CHARACTERS',
    'UND_ERR_ABORTED',
    'UND_ERR_CLOSED',
    'UND_ERR_DESTROYED',
  ],
  ...['UND_ERR_INVALID_ARG', 'UND_ERR_MAX_ORIGINS_REACHED', 'UND_ERR_NOT_SUPPORTED'],
  ...['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_RES_EXCEEDED_MAX_SIZE'],
]

const known: ReadonlyMap<string, Failure> = new Map([
  ...unsentCodes.map((code) => [code, unsent] as const),
  ...unknownCodes.map((code) => [code, unknown] as const),
  ...localCodes.map((code) => [code, local] as const),
])

const localFaults = new WeakSet()

/** Marks an error that an adapter knows to be the request's own fault. */
export function asLocalFault(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) localFaults.add(error)
  return error
}

const afterSending = new WeakSet()

/** Marks an error that came after the request had been sent, though it may tell of a connection that was not made. */
export function asSent(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) afterSending.add(error)
  return error
}

/** How many errors of a chain are looked at. */
const maximumDepth = 16

/**
 * What `error`, thrown by an attempt, says. Its code may be in its causes, or in the errors that it gathers. What nobody
 * knows counts as a failure of the service after which the request may have been done. A refusal that came after an
 * attempt says what that attempt says.
 */
export function failureOf(error: unknown): Failure {
  try {
    const found = search(error, maximumDepth) ?? unknown
    return found === unsent && afterSending.has(error as object) ? unknown : found
  } catch {
    // An error whose members cannot be read.
    return unknown
  }
}

function search(error: unknown, depth: number): Failure | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined
  const own = ownFailure(error)
  if (own === refused)
    return causeOf(error) === undefined ? own : (search(causeOf(error), depth - 1) ?? unknown)
  if (own !== undefined) return own
  const gathered = 'errors' in error ? error.errors : undefined
  if (Array.isArray(gathered) && gathered.length > 0) {
    return ofAlternatives(gathered.slice(0, maximumDepth).map((each) => search(each, Math.min(2, depth - 1))))
  }
  const cause = causeOf(error)
  return byCode(error) ?? (isRefusalOfFetch(cause) ? local : search(cause, depth - 1))
}

/** What `fetch` itself refuses, and would refuse again: such a cause is in its own words, without a code. */
const refusalsOfFetch =
  /^(?:bad port|invalid method|redirect count exceeded|unexpected redirect|unknown scheme|URL scheme must be)/

function isRefusalOfFetch(cause: unknown): boolean {
  return cause instanceof Error && !('code' in cause) && refusalsOfFetch.test(cause.message)
}

function ownFailure(error: object): Failure | undefined {
  if (localFaults.has(error)) return local
  if (error instanceof Rejection) return refused
  if (error instanceof StatusError) return { kind: 'status', ...statusMeaning(error.status) }
  if (error instanceof HoldfastError) return unknown
  // DOMException, whose codes are numbers.
  return 'name' in error && error.name === 'AbortError' ? local : undefined
}

function byCode(error: object): Failure | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  const found = known.get(error.code) ?? (error.code.startsWith('HPE_') ? unknown : undefined)
  const connecting = 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
  return connecting && found !== local ? unsent : found
}

function causeOf(error: object): unknown {
  return 'cause' in error ? error.cause : undefined
}

/** Several addresses were tried beside each other: one that this machine cannot reach does not excuse the others. */
function ofAlternatives(found: readonly (Failure | undefined)[]): Failure {
  const blamed = found.filter((failure) => failure !== local)
  if (blamed.length === 0) return local
  return blamed.every((failure) => failure === unsent) ? unsent : unknown
}
