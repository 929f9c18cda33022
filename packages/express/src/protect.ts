import type { Pipeline } from '@holdfast/core'
import { inbound, sendReply } from '@holdfast/http'
import type { Admitting, Entry, InboundOptions, RefusedError } from '@holdfast/http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

export type ProtectOptions = InboundOptions<Request>

/** A middleware with the pipeline that it asks. */
export interface Protection extends RequestHandler {
  readonly pipeline: Pipeline
}

/**
 * Middleware that admits requests by `guards` and gives each a scope, which `inScope()` hands on to outgoing calls.
 * A refusal goes through Express's error handling as a `RefusedError`. A deadline that passes while a handler has the
 * request is answered here, unless the answer has begun: the handler's own error will go through the error handling,
 * which cannot take two for one request.
 */
export function protect(
  name: string,
  guards: readonly Admitting[],
  options: ProtectOptions = {},
): Protection {
  const door = inbound<Request, Response>(name, guards, answerInstead, options)
  const middleware = (request: Request, response: Response, next: NextFunction): void | Promise<void> => {
    const entry = door.admit(request, response, response)
    if (entry instanceof Promise) return entry.then((late) => proceed(late, next))
    proceed(entry, next)
  }
  return Object.assign(middleware, { pipeline: door.pipeline })
}

function proceed(entry: Entry, next: NextFunction): void {
  switch (entry.entry) {
    case 'admitted':
      return entry.run(next)
    case 'refused':
      return next(entry.error)
    case 'exempt':
      return next()
    case 'over':
  }
}

/**
 * The connection goes with it: Express destroys the connection of a handler that fails after its answer, and no other
 * request should be on it.
 */
function answerInstead(response: Response, refusal: RefusedError): void {
  if (response.headersSent) return
  response.set('connection', 'close')
  sendReply(response, refusal)
}
