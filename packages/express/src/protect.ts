import { HoldfastConfigError, HoldfastError, pipeline } from '@holdfast/core'
import type { Guard, Pipeline, PipelineOptions } from '@holdfast/core'
import { admitRequest, ClientGoneError, replyTo, withScope } from '@holdfast/http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { RefusedError } from './refused-error.ts'
import { send } from './send.ts'

export interface ProtectOptions extends PipelineOptions {
  /** Whom a request counts for, such as an account. Default: nobody in particular. */
  readonly key?: (request: Request) => string | undefined
}

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
export function protect(name: string, guards: readonly Guard[], options: ProtectOptions = {}): Protection {
  const { key, ...pipelineOptions }: ProtectOptions = checked(name, options)
  const guarded = pipeline(name, guards, pipelineOptions)
  checkGuards(name, guards)
  const middleware = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const admission = await admitRequest(guarded, response, { key: key?.(request) })
    if (!admission.admitted) return refuse(admission.error, response, next)
    const { call } = admission
    call.onCancel((reason) => answerOverrun(reason, response))
    if (!call.cancelled) withScope(name, call, next)
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

/** A policy, or a pipeline, would otherwise be noticed by the first request. */
function checkGuards(name: string, guards: readonly Guard[]): void {
  const other = guards.find((part) => typeof part.admit !== 'function' || 'wrap' in part)
  if (other === undefined) return
  throw new HoldfastConfigError(
    `${name}: protect() takes guards alone; put '${other.name}' around the calls that the handlers make`,
  )
}

function refuse(error: unknown, response: Response, next: NextFunction): void {
  // Nobody waits any more: the client has gone, or a scope around this one has answered.
  if (error instanceof ClientGoneError || response.writableEnded) return
  const reply = replyTo(error)
  if (reply === undefined || !(error instanceof HoldfastError)) return next(error)
  next(new RefusedError(error, reply))
}

/**
 * The connection goes with it: Express destroys the connection of a handler that fails after its answer, and no other
 * request should be on it.
 */
function answerOverrun(reason: unknown, response: Response): void {
  const reply = replyTo(reason)
  if (reply === undefined || response.headersSent) return
  response.set('connection', 'close')
  send(response, reply)
}
