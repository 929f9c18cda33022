import { asSent, DrainLimit } from '@holdfast/http'
import type { Answer, Attempt } from '@holdfast/http'
import type { Call, Clock } from '@holdfast/core'
import type { Dispatcher } from 'undici'
import type { Relay } from './relay.ts'

type Controller = Dispatcher.DispatchController
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/** What came before anybody knew whether the caller gets it; a dispatcher that does not pause sends its body too. */
interface Held {
  readonly status: number
  readonly headers: Headers
  readonly statusText: string | undefined
  readonly pieces: Buffer[]
  trailers?: Headers
  error?: Error
}

/**
 * One attempt. Its answer is held, and its connection paused, until it is handed over to the caller or discarded; from
 * the handing over on everything goes straight through.
 */
export class AttemptHandler implements Dispatcher.DispatchHandler {
  readonly answer: Promise<Answer<AttemptHandler>>
  readonly #relay: Relay
  readonly #clock: Clock
  readonly #call: Call
  readonly #resolve: (answer: Answer<AttemptHandler>) => void
  readonly #reject: (error: unknown) => void
  #controller: Controller | undefined
  #held: Held | undefined
  #fate: 'open' | 'handed over' | DrainLimit = 'open'

  constructor(relay: Relay, { call }: Attempt, clock: Clock) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<AttemptHandler>>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#relay = relay
    this.#clock = clock
    this.#call = call
    // The attempt's signal would have to be made for it.
    call.onCancel(this.#cut)
  }

  readonly #cut = (reason: unknown): void => {
    this.#reject(reason)
    // Whatever a call was cut short with is handed on as it is.
    this.#controller?.abort(reason as Error)
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#controller = controller
    Object.assign(this.#relay.context, context)
    if (this.#call.cancelled) this.#cut(this.#call.reason)
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, statusText?: string): void {
    const { handler } = this.#relay
    if (status < 200) return handler.onResponseStart?.(this.#relay, status, headers, statusText)
    controller.pause()
    this.#held = { status, headers, statusText, pieces: [] }
    this.#resolve({
      status,
      header: (name) => textOf(headers[name]),
      response: this,
      discard: () => this.#discard(),
    })
  }

  onResponseData(_controller: Controller, piece: Buffer): void {
    if (this.#fate === 'open') this.#held?.pieces.push(piece)
    else if (this.#fate === 'handed over') this.#relay.handler.onResponseData?.(this.#relay, piece)
    else this.#fate.read(piece.length)
  }

  onResponseEnd(_controller: Controller, trailers: Headers): void {
    this.#over()
    if (this.#fate === 'handed over') this.#relay.handler.onResponseEnd?.(this.#relay, trailers)
    else if (this.#held !== undefined) this.#held.trailers = trailers
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#over()
    if (this.#fate === 'handed over') this.#relay.handler.onResponseError?.(this.#relay, error)
    else if (this.#held !== undefined) this.#held.error = error
    // Where it has begun already, it was led on by a redirect.
    else this.#reject(this.#controller === undefined ? error : asSent(error))
  }

  onResponseStarted(): void {
    this.#relay.handler.onResponseStarted?.()
  }

  onBodySent(piece: Buffer): void {
    this.#relay.handler.onBodySent?.(piece)
  }

  onRequestSent(): void {
    this.#relay.handler.onRequestSent?.()
  }

  #over(): void {
    if (this.#fate instanceof DrainLimit) this.#fate.end()
  }

  /** The caller gets this answer: what was held, then the rest as it comes. */
  handOver(): void {
    const { handler } = this.#relay
    const [controller, held] = [this.#controller as Controller, this.#held as Held]
    const isWhole = held.error !== undefined || held.trailers !== undefined
    this.#fate = 'handed over'
    // The caller has left since the call was answered.
    if (this.#relay.reason !== null && !isWhole) return controller.abort(this.#relay.reason)
    this.#relay.steer(controller)
    try {
      handler.onResponseStart?.(this.#relay, held.status, held.headers, held.statusText)
      for (const piece of held.pieces) handler.onResponseData?.(this.#relay, piece)
    } catch (error) {
      // As undici does with what a handler throws.
      return controller.abort(error as Error)
    }
    if (held.error !== undefined) handler.onResponseError?.(this.#relay, held.error)
    else if (held.trailers !== undefined) handler.onResponseEnd?.(this.#relay, held.trailers)
    else if (!this.#relay.paused) controller.resume()
  }

  /** Reads what nobody wants, so that the connection can be used again, but not for ever. */
  #discard(): void {
    const controller = this.#controller as Controller
    if (this.#held?.error !== undefined || this.#held?.trailers !== undefined) return
    this.#fate = new DrainLimit(this.#clock, () => controller.abort(new Error('nobody wants the answer')))
    controller.resume()
  }
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
