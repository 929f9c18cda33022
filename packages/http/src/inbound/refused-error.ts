import { HoldfastError } from '@holdfast/core'
import type { Reply } from './reply.ts'

/**
 * A refusal on its way through a framework's error handling, which finds there what it needs: Express and Koa `status`
 * and `headers`, Fastify `statusCode`. It has the code, policy and key of what was refused, which is its `cause`.
 */
export class RefusedError extends HoldfastError {
  readonly code: string
  readonly status: Reply['status']
  readonly headers: Reply['headers']
  /** Problem details as JSON text, for handlers that want to send them. */
  readonly body: string

  constructor(cause: HoldfastError, { status, headers, body }: Reply) {
    const { message, code, policy, key, retryAfterMs } = cause
    super(message, { policy, key, retryAfterMs, cause })
    this.code = code
    this.status = status
    this.headers = headers
    this.body = body
  }

  get statusCode(): Reply['status'] {
    return this.status
  }
}
