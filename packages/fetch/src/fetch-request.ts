import { asLocalFault, isIdempotent, isReplayable } from '@holdfast/http'
import type { Attempt, OutboundRequest } from '@holdfast/http'
import { followed } from './redirect.ts'

type Body = NonNullable<RequestInit['body']>

/** What may be said of one request beside what `fetch` knows. */
export interface CallOptions {
  /** Whether it may be done twice. Default: by its method, or by an `Idempotency-Key`. */
  readonly idempotent?: boolean | undefined
  /** What is asked for, from a small set of names. Default: by the option `operation`. */
  readonly operation?: string | undefined
  /** The moment on the client's clock by which it must have been answered. */
  readonly deadline?: number | undefined
  /** Makes the body anew for each attempt, so that a stream can be sent again. Takes the place of `body`. */
  readonly body?: (() => Body | Promise<Body>) | undefined
}

export interface ResilientRequestInit extends RequestInit {
  readonly holdfast?: CallOptions | undefined
}

/** The arguments of one `fetch`, as often as they are needed. */
export class FetchRequest implements OutboundRequest {
  readonly method: string
  readonly url: string | URL
  readonly replayable: boolean
  readonly idempotent: boolean | undefined
  readonly operation: string | undefined
  readonly deadline: number | undefined
  readonly signal: AbortSignal | undefined
  readonly #input: Request | undefined
  readonly #init: RequestInit
  readonly #headers: Headers
  readonly #makeBody: CallOptions['body']

  constructor(input: string | URL | Request, { holdfast = {}, ...init }: ResilientRequestInit) {
    const request = typeof input === 'string' || 'href' in input ? undefined : input
    this.#input = request
    this.#init = init
    this.#headers = new Headers(init.headers ?? request?.headers)
    this.#makeBody = holdfast.body
    this.method = init.method ?? request?.method ?? 'GET'
    this.url = request?.url ?? (input as string | URL)
    this.signal = (init.signal === undefined ? request?.signal : init.signal) ?? undefined
    this.replayable = holdfast.body !== undefined || isReplayable(init.body ?? request?.body)
    this.idempotent = holdfast.idempotent
    this.operation = holdfast.operation
    this.deadline = holdfast.deadline
  }

  readonly header = (name: string): string | null => this.#headers.get(name)

  async fetch(fetch: typeof globalThis.fetch, attempt: Attempt): Promise<Response> {
    const headers = new Headers(this.#headers)
    for (const [name, value] of attempt.headers) {
      if (value === undefined) headers.delete(name)
      else headers.set(name, value)
    }
    if (headers.has('host') && !this.#isFor(attempt)) headers.delete('host')
    const made = this.#makeBody && { body: await madeBy(this.#makeBody) }
    const init = { ...this.#init, ...made, headers, signal: attempt.signal }
    const input = this.#inputFor(attempt.url)
    try {
      if (this.#mayBeLedOn(headers)) return await followed(fetch, input, init, attempt.call.clock)
      return await fetch(input, init)
    } catch (error) {
      throw isOwnFault(error, attempt.url, init) ? asLocalFault(error) : error
    }
  }

  /** Whether no endpoint of another name was chosen. */
  #isFor({ endpoint, url }: Attempt): boolean {
    const own = String(this.url)
    return endpoint === undefined || (URL.canParse(own) && new URL(own).host === url.host)
  }

  /** Whether it matters if it was sent before a redirect led it on. */
  #mayBeLedOn(headers: Headers): boolean {
    const redirect = this.#init.redirect ?? this.#input?.redirect ?? 'follow'
    if (redirect !== 'follow' || !this.replayable) return false
    const { idempotent, method } = this
    return !isIdempotent({ idempotent, method, header: (name) => headers.get(name) })
  }

  #inputFor({ href }: URL): string | Request {
    if (this.#input === undefined) return href
    return this.#input.url === href ? this.#input : new Request(href, this.#input)
  }
}

/** Nothing was sent where that fails, and nobody but the caller is to blame. */
async function madeBy(makeBody: NonNullable<CallOptions['body']>): Promise<Body> {
  try {
    return await makeBody()
  } catch (error) {
    throw asLocalFault(error)
  }
}

/** `fetch` says of network errors what caused them. Where it does not, the request may be none at all. */
function isOwnFault(error: unknown, { href }: URL, init: RequestInit): boolean {
  if (!(error instanceof TypeError) || error.cause !== undefined) return false
  try {
    return new Request(href, init).url === ''
  } catch {
    return true
  }
}
