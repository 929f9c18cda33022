import { asLocalFault, asSent, isReplayable, whenBodyEnds } from '@holdfast/http'
import type { Attempt, OutboundRequest } from '@holdfast/http'
import axios, { AxiosError, AxiosHeaders } from 'axios'
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios'

/** What may be said of one request beside what axios knows. */
export interface CallOptions {
  /** Whether it may be done twice. Default: by its method, or by an `Idempotency-Key`. */
  readonly idempotent?: boolean | undefined
  /** What is asked for, from a small set of names. Default: by the option `operation`. */
  readonly operation?: string | undefined
  /** The moment on the client's clock by which it must have been answered. */
  readonly deadline?: number | undefined
}

declare module 'axios' {
  interface AxiosRequestConfig {
    /** What may be said of this request to the adapter of `@holdfast/axios`. */
    holdfast?: CallOptions | undefined
  }
}

/** Said of the request itself, or of where it was led: another attempt would end as this did. */
const final: ReadonlySet<string | undefined> = new Set([
  AxiosError.ERR_BAD_OPTION,
  AxiosError.ERR_BAD_OPTION_VALUE,
  AxiosError.ERR_BAD_REQUEST,
  AxiosError.ERR_INVALID_URL,
  AxiosError.ERR_NOT_SUPPORT,
  AxiosError.ERR_FR_TOO_MANY_REDIRECTS,
  'ERR_FR_MAX_BODY_LENGTH_EXCEEDED',
])

/** The config of one request, as often as it is needed. */
export class AxiosRequest implements OutboundRequest {
  readonly method: string
  readonly url: string
  readonly replayable: boolean
  readonly idempotent: boolean | undefined
  readonly operation: string | undefined
  readonly deadline: number | undefined
  readonly signal: AbortSignal | undefined
  readonly #config: InternalAxiosRequestConfig
  readonly #headers: AxiosHeaders
  readonly #token: TokenSignal | undefined

  constructor(config: InternalAxiosRequestConfig) {
    const { data, holdfast = {}, method = 'get' } = config
    this.#config = config
    this.#headers = AxiosHeaders.from(config.headers)
    this.method = method.toUpperCase()
    this.url = axios.getUri(config)
    this.replayable = isReplayable(data)
    this.idempotent = holdfast.idempotent
    this.operation = holdfast.operation
    this.deadline = holdfast.deadline
    this.#token = config.cancelToken?.toAbortSignal?.()
    this.signal = eitherOf(config.signal, this.#token)
  }

  /** The answer is there, or none will come: a cancel token, which may be there for long, is heard to the end of a stream. */
  answered(data: unknown): void {
    whenBodyEnds(data, () => this.#token?.unsubscribe?.())
  }

  readonly header = (name: string): string | undefined => {
    const value = this.#headers.get(name)
    return value === null || value === undefined ? undefined : String(value)
  }

  /** One attempt. Every status is an answer; which of them are errors is seen when the last has come. */
  async send(adapter: AxiosAdapter, attempt: Attempt): Promise<AxiosResponse> {
    let wasLedOn = false
    const beforeRedirect: InternalAxiosRequestConfig['beforeRedirect'] = (...parameters) => {
      wasLedOn = true
      this.#config.beforeRedirect?.(...parameters)
    }
    try {
      return await adapter({ ...this.#configFor(attempt), beforeRedirect })
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error
      error.config = this.#config
      if (final.has(error.code)) throw asLocalFault(error)
      throw wasLedOn ? asSent(error) : error
    }
  }

  #configFor({ endpoint, headers, signal, url }: Attempt): InternalAxiosRequestConfig {
    const own = new AxiosHeaders(this.#headers)
    for (const [name, value] of headers) {
      if (value === undefined) own.delete(name)
      else own.set(name, value)
    }
    // What would be made a header of credentials goes where that header goes.
    const isBare = headers.has('authorization') && headers.get('authorization') === undefined
    const isElsewhere = !URL.canParse(this.url) || new URL(this.url).href !== url.href
    if (isElsewhere && endpoint !== undefined) own.delete('host')
    return {
      ...this.#config,
      ...(isElsewhere && { url: url.href, baseURL: '', params: undefined }),
      ...(isBare && { auth: undefined }),
      headers: own,
      signal,
      cancelToken: undefined,
      validateStatus: null,
    } as InternalAxiosRequestConfig
  }
}

/** As axios makes it of a cancel token. */
interface TokenSignal extends AbortSignal {
  readonly unsubscribe?: () => void
}

/** The caller's own, in whichever of the two ways it was given. */
function eitherOf(
  signal: InternalAxiosRequestConfig['signal'],
  token: AbortSignal | undefined,
): AbortSignal | undefined {
  // It may be somebody's own as far as the types go; axios takes the platform's.
  const given = signal as AbortSignal | undefined
  return given === undefined || token === undefined ? (given ?? token) : AbortSignal.any([given, token])
}
