import { TimeoutError } from '@holdfast/core'
import { ClientGoneError, DrainingError, RefusedError, sendReply } from '@holdfast/http'
import type { ErrorRequestHandler } from 'express'

/**
 * Error handling that answers what `protect` has refused with problem details (RFC 9457), at once and without a line
 * in the log. To be used behind the routes and before other error handling. What handlers get to hear because the
 * deadline has passed, the client has gone or the service stops needs no answer and ends here; every other error is passed on, what
 * outgoing pipelines refuse included.
 */
export function refusals(): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (error instanceof RefusedError && !response.headersSent) return sendReply(response, error)
    const over = response.writableEnded || response.closed
    if (over && tellsOfTheEnd(error)) return
    next(error)
  }
}

/** Whether it says no more than why a request was cut short. */
function tellsOfTheEnd(error: unknown): boolean {
  return error instanceof TimeoutError || error instanceof ClientGoneError || error instanceof DrainingError
}
