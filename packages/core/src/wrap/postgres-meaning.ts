import { codeOf, connectionMeaning } from './error-meaning.ts'
import type { ErrorMeaning } from './error-meaning.ts'

/** SQLSTATEs that mean something else than others of their class. */
const states: Readonly<Record<string, ErrorMeaning>> = {
  // The connection was not made, or is refused.
  '08001': 'undone',
  '08003': 'undone',
  '08004': 'undone',
  '40002': 'answered',
  // Whether the statement was completed is not known.
  '40003': 'unknown',
  // The server is starting up or shutting down.
  '57P03': 'undone',
  '57P04': 'answered',
}

/** Connection lost; transaction rolled back; out of connections, memory or disk; stopped by an operator or by time. */
const classes: Readonly<Record<string, ErrorMeaning>> = {
  '08': 'unknown',
  '40': 'again',
  '53': 'undone',
  '57': 'unknown',
}

/**
 * What an error of `pg` says, by its SQLSTATE (PostgreSQL documentation, appendix A), for statements that are
 * transactions of their own: within a longer one, only the whole may be tried again.
 */
export function postgresMeaning(error: unknown): ErrorMeaning {
  const code = codeOf(error)
  // Node has codes of five letters too, such as EPIPE; no class of states begins with an E.
  if (/^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code)) return states[code] ?? classes[code.slice(0, 2)] ?? 'answered'
  const noConnection = error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)
  return noConnection ? 'undone' : connectionMeaning(error)
}
