import type { Call, Endpoint } from '@holdfast/core'
import type { Attempt } from './request.ts'

export class OutgoingAttempt implements Attempt {
  readonly url: URL
  readonly headers: ReadonlyMap<string, string | undefined>
  readonly number: number
  readonly call: Call
  readonly #outer: AbortSignal | undefined
  #signal: AbortSignal | undefined

  constructor(
    url: URL,
    headers: ReadonlyMap<string, string | undefined>,
    number: number,
    call: Call,
    outer: AbortSignal | undefined,
  ) {
    this.url = url
    this.headers = headers
    this.number = number
    this.call = call
    this.#outer = outer
  }

  get endpoint(): Endpoint | undefined {
    return this.call.endpoint
  }

  /** The call's own signal is let go of when the call has been answered; the body is the caller's business still. */
  get signal(): AbortSignal {
    const { signal } = this.call
    return (this.#signal ??= this.#outer === undefined ? signal : AbortSignal.any([signal, this.#outer]))
  }
}
