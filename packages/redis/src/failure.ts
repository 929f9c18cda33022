import type { StoreFailure, StoreFailureReason } from '@holdfast/core'
import { ReplyError } from 'ioredis'

/** What a server's error begins with, or holds behind the script's own words in servers before 7. */
const refusals: Readonly<Record<string, StoreFailureReason>> = {
  OOM: 'out of memory',
  READONLY: 'read-only',
  WRONGTYPE: 'wrong type',
  NOPERM: 'no permission',
  NOAUTH: 'no permission',
  WRONGPASS: 'no permission',
  // Nothing was done, and the same may be done soon.
  LOADING: 'unreachable',
  MASTERDOWN: 'unreachable',
  BUSY: 'unreachable',
  CLUSTERDOWN: 'unreachable',
  TRYAGAIN: 'unreachable',
  MOVED: 'unreachable',
  ASK: 'unreachable',
}

/** Errors of the client from before anything was written. */
const unsent = /isn't writeable|isn't ready|sentinels are unreachable|startup nodes|slots cache|redirections/i

export function failure(reason: StoreFailureReason, message: string): StoreFailure {
  return { type: 'failure', reason, message }
}

/**
 * What an error of the client means. The error itself goes no further: it holds the command with its keys and values, and
 * its text an address.
 */
export function failureOf(error: unknown): StoreFailure {
  if (error instanceof ReplyError) return refusalOf(messageOf(error))
  const code = codeOf(error)
  if (isTls(code)) return failure('not trusted', tlsProblem(code))
  const message = messageOf(error)
  const wrapped = /\b(WRONGPASS|NOAUTH|NOPERM)\b/.exec(message)?.[1]
  if (wrapped !== undefined) return failure('no permission', `the server answered ${wrapped}`)
  if (/certificate|altnames/i.test(message)) return failure('not trusted', tlsProblem(code))
  if (code !== '') return failure('unreachable', `the server cannot be reached: ${code}`)
  if (unsent.test(message)) return failure('unreachable', 'there is no connection to the server')
  return failure('timeout', 'no answer came in time, or the connection was lost before it came')
}

function refusalOf(message: string): StoreFailure {
  const first = /^([A-Z]{2,24})\b/.exec(message)?.[1] ?? 'ERR'
  const within = /[ :-](OOM|READONLY|WRONGTYPE|NOPERM)\b/.exec(message)?.[1]
  const word = first in refusals || within === undefined ? first : within
  if (word === 'ERR' && /can't (run this command|access|publish)|no permissions/i.test(message)) {
    return failure('no permission', 'the server answered NOPERM')
  }
  // While a slot is being moved, a script cannot read of it what is not there.
  if (/non local key/i.test(message)) return failure('unreachable', 'the slot is being moved')
  return failure(refusals[word] ?? 'error', `the server answered ${word}`)
}

function isTls(code: string): boolean {
  return /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$)/.test(
    code,
  )
}

function tlsProblem(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return "the server's certificate is for another host (see tls.servername)"
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate has expired"
  if (code === 'EPROTO' || /WRONG_VERSION|PACKET_LENGTH/.test(code))
    return 'the server does not speak TLS, or not ours'
  if (/^ERR_(SSL|OSSL|TLS)_/.test(code)) return `TLS failed: ${code}`
  return `the server's certificate is not signed by a trusted authority (see tls.ca)${code === '' ? '' : `: ${code}`}`
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{2,64}$/.test(code) ? code : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
