import { HoldfastError } from '@holdfast/core'
import { RefusedError, sendReply } from '@holdfast/http'
import type { ErrorRequestHandler } from 'express'

/**
 * Error handling that answers what `protect` has refused with problem details (RFC 9457), at once and without a line
 * in the log. To be used behind the routes and before other error handling. What handlers get to hear because the
 * deadline has passed or the client has gone needs no answer and ends here; every other error is passed on, what
 * outgoing pipelines refuse included.
 */
export function refusals(): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (error instanceof RefusedError && !response.headersSent) return sendReply(response, error)
    const over = response.writableEnded || response.closed
    if (over && error instanceof HoldfastError) return
    next(error)
  }
}
