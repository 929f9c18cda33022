/** An answer whose status counts as a failure. */
export class StatusError extends Error {
  readonly code = 'ERR_STATUS'
  readonly status: number
  /** Milliseconds after which another try makes sense, where the answer says so. */
  readonly retryAfterMs: number | undefined
  override readonly name = 'StatusError'

  constructor(status: number, retryAfterMs?: number) {
    super(`answered with status ${status}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}
