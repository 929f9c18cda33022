/** Gives an error that has no cause of its own the one that came before it. */
export function withCause(error: unknown, cause: unknown): unknown {
  const takesCause = error instanceof Error && !('cause' in error) && Object.isExtensible(error)
  const isNews = cause !== undefined && cause !== error && !(cause instanceof Error && cause.cause === error)
  if (takesCause && isNews) {
    Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true })
  }
  return error
}
