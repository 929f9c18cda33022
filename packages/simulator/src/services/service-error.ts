/** What a client hears of a service that cannot be reached, or does not do what it was asked. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** Such as `ECONNREFUSED`, or `ERR_STATUS_503`. */
  readonly code: string
  /** Milliseconds after which another try makes sense, where the service said so. */
  readonly retryAfterMs: number | undefined

  constructor(code: string, retryAfterMs?: number) {
    // Most are never looked at, and a trace would take longer than the rest of the call.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(code)
    Error.stackTraceLimit = limit
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}
