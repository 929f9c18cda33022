import { linkTo, unlinkFrom } from '@holdfast/core'
import type { Call, Endpoint } from '@holdfast/core'
import { whenBodyEnds } from './body-end.ts'
import type { Attempt } from './request.ts'

export class OutgoingAttempt implements Attempt {
  readonly url: URL
  readonly headers: ReadonlyMap<string, string | undefined>
  readonly number: number
  readonly call: Call
  readonly #outer: AbortSignal | undefined
  #signal: AbortSignal | undefined
  #controller: AbortController | undefined

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

  get signal(): AbortSignal {
    return (this.#signal ??= this.#outer === undefined ? this.call.signal : this.#make().signal)
  }

  #make(): AbortController {
    const controller = new AbortController()
    this.call.onCancel((reason) => controller.abort(reason))
    return (this.#controller = controller)
  }

  /** The call lets go of the caller's signal when it has been answered; the body is the caller's business still. */
  answered(body: unknown): void {
    const outer = this.#outer
    if (outer === undefined) return
    this.#signal ??= outer
    const controller = this.#controller
    if (controller === undefined) return
    linkTo(outer, controller)
    whenBodyEnds(body, () => unlinkFrom(outer, controller))
  }
}
