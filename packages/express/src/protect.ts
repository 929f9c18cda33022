import { HoldfastConfigError, pipeline } from '@holdfast/core'
import type { Guard, Pipeline, PipelineOptions } from '@holdfast/core'
import { admitRequest, replyTo, withScope } from '@holdfast/http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

export interface ProtectOptions extends PipelineOptions {
  /** Whom a request counts for, such as an account. Default: nobody in particular. */
  readonly key?: (request: Request) => string | undefined
}

/** A middleware with the pipeline that it asks. */
export interface Protection extends RequestHandler {
  readonly pipeline: Pipeline
}

/** A refusal on its way through Express: the default handler and most others answer with its status and headers. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Problem details as JSON text, for handlers that want to send them. */
  readonly body: string

  constructor(cause: Error, status: number, headers: Readonly<Record<string, string>>, body: string) {
    super(cause.message, { cause })
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/**
 * Middleware that admits requests by `guards` and gives each a scope, which `inScope()` hands on to outgoing calls.
 * A refusal goes through Express's error handling; a deadline that passes does so too, unless the answer has begun.
 */
export function protect(name: string, guards: readonly Guard[], options: ProtectOptions = {}): Protection {
  const { key, ...pipelineOptions }: ProtectOptions = checked(name, options)
  const guarded = pipeline(name, guards, pipelineOptions)
  const other = guarded.parts.find((part) => !('admit' in part))
  if (other !== undefined) {
    throw new HoldfastConfigError(
      `${name}: protect() takes guards alone; put '${other.name}' around the calls that the handlers make`,
    )
  }
  const middleware = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const admission = await admitRequest(guarded, response, { key: key?.(request) })
    if (!admission.admitted) return refuse(admission.error, response, next)
    const { call } = admission
    call.onCancel((reason) => refuse(reason, response, next))
    withScope(name, call, next)
  }
  return Object.assign(middleware, { pipeline: guarded })
}

function checked(name: string, options: ProtectOptions): ProtectOptions {
  // The rest is checked by the pipeline.
  const given: unknown = options
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new HoldfastConfigError(`${name}: options must be an object`)
  }
  if (options.key !== undefined && typeof options.key !== 'function') {
    throw new HoldfastConfigError(`${name}: key must be a function of the request`)
  }
  return options
}

function refuse(error: unknown, response: Response, next: NextFunction): void {
  if (response.headersSent || response.destroyed) return
  const reply = replyTo(error)
  if (reply === undefined || !(error instanceof Error)) return next(error)
  next(new RefusedError(error, reply.status, reply.headers, reply.body))
}
