import type { Dispatcher } from 'undici'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController
type Raw = NonNullable<Controller['rawHeaders']> | null

/** The caller of a request, who is to see one request whatever it takes: one start, one answer, one controller. */
export class Relay implements Controller {
  readonly handler: Handler
  /** Shown to the caller from the start; filled with what the attempts bring. */
  readonly context: object = {}
  readonly #caller = new AbortController()
  #paused = false
  /** That of the attempt whose answer the caller gets. */
  #target: Controller | undefined

  constructor(handler: Handler) {
    this.handler = handler
  }

  /** Aborted by the caller, before the answer and during its body. */
  get signal(): AbortSignal {
    return this.#caller.signal
  }

  get aborted(): boolean {
    return this.signal.aborted
  }

  get reason(): Error | null {
    return this.signal.aborted ? (this.signal.reason as Error) : null
  }

  get paused(): boolean {
    return this.#paused
  }

  get rawHeaders(): Raw {
    return this.#target?.rawHeaders ?? null
  }

  set rawHeaders(headers: Raw) {
    if (this.#target !== undefined) this.#target.rawHeaders = headers
  }

  get rawTrailers(): Raw {
    return this.#target?.rawTrailers ?? null
  }

  set rawTrailers(trailers: Raw) {
    if (this.#target !== undefined) this.#target.rawTrailers = trailers
  }

  abort(reason: Error): void {
    this.#caller.abort(reason)
    this.#target?.abort(reason)
  }

  pause(): void {
    this.#paused = true
    this.#target?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#target?.resume()
  }

  /** From now on the caller steers `target`, which is paused. */
  steer(target: Controller): void {
    this.#target = target
  }
}
