/**
 * What an error says about the call that it ends. `undone`: nothing was done, for the service is not well. `again`:
 * nothing was done, though the service is well, such as a deadlock. `unknown`: it may have been done. `answered`: the
 * service has said what it thinks of the call, and would say it again.
 */
export type ErrorMeaning = 'undone' | 'again' | 'unknown' | 'answered'

/** No connection was made. */
const unconnected: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** What an error says that is no answer of the service: `undone` where there was no connection, else `unknown`. */
export function connectionMeaning(error: unknown): 'undone' | 'unknown' {
  return unconnected.has(codeOf(error)) ? 'undone' : 'unknown'
}

export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
