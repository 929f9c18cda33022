import { HoldfastError } from '@holdfast/core'

/** An answer whose status counts as a failure. */
export class StatusError extends HoldfastError {
  readonly code = 'ERR_STATUS'
  readonly status: number

  /** `retryAfterMs`: milliseconds after which another try makes sense, where the answer says so. */
  constructor(status: number, retryAfterMs?: number) {
    super(`answered with status ${status}`, { policy: 'http', retryAfterMs })
    this.status = status
  }

  override get name(): string {
    return 'StatusError'
  }
}
