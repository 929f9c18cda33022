import type { IncomingMessage, ServerResponse } from 'node:http'
import { ServiceError } from '../services/service-error.ts'

/** Milliseconds, where `Retry-After` has whole seconds: what a replica says is to arrive as it was said. */
const retryAfterHeader = 'retry-after-ms'
const statusCode = /^ERR_STATUS_(\d{3})$/

/** Answers over HTTP; an error that is no status breaks the connection. */
export function writeAnswer(response: ServerResponse, error: ServiceError | undefined): void {
  if (response.destroyed) return
  const [, status = error === undefined ? '200' : undefined] = statusCode.exec(error?.code ?? '') ?? []
  if (status === undefined) return void response.req.socket.resetAndDestroy()
  response.setHeader('content-length', 0)
  if (error?.retryAfterMs !== undefined) response.setHeader(retryAfterHeader, error.retryAfterMs)
  response.writeHead(Number(status)).end()
}

/** The error that an answer stands for; undefined for a success. */
export function readAnswer({ statusCode: status = 0, headers }: IncomingMessage): ServiceError | undefined {
  if (status === 200) return undefined
  const retryAfterMs = Number(headers[retryAfterHeader] ?? Number.NaN)
  return new ServiceError(`ERR_STATUS_${status}`, Number.isNaN(retryAfterMs) ? undefined : retryAfterMs)
}
