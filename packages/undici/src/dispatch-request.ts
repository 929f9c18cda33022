import { isReplayable } from '@holdfast/http'
import type { Attempt, OutboundRequest } from '@holdfast/http'
import { FormData } from 'undici'
import type { Dispatcher } from 'undici'

type Pair = readonly [name: string, value: unknown]

/** The options of one dispatch, as often as they are needed. */
export class DispatchRequest implements OutboundRequest {
  readonly method: string
  readonly url: URL
  readonly replayable: boolean
  readonly idempotent: boolean | undefined
  readonly signal: AbortSignal
  readonly #options: Dispatcher.DispatchOptions
  readonly #headers: readonly Pair[]

  /** `signal`: the caller's own. */
  constructor(options: Dispatcher.DispatchOptions, signal: AbortSignal) {
    const { body, headers, idempotent, method, origin, path } = options
    this.#options = options
    this.#headers = pairsOf(headers)
    this.method = method
    this.url = addressOf(path, origin)
    this.replayable = isReplayable(body) || body instanceof FormData
    this.idempotent = idempotent
    this.signal = signal
  }

  readonly header = (name: string): string | undefined => {
    const values = this.#headers.filter((pair) => pair[0].toLowerCase() === name).map(([, value]) => value)
    return values.length === 0 ? undefined : values.flat().join(', ')
  }

  /** The options of one attempt. What it sets takes the place of what the request has. */
  optionsFor({ url, headers }: Attempt): Dispatcher.DispatchOptions {
    const isElsewhere = url.href !== this.url.href
    const isReplaced = (name: string): boolean => headers.has(name) || (isElsewhere && name === 'host')
    const kept = this.#headers.filter(([name]) => !isReplaced(name.toLowerCase()))
    const set = [...headers].filter(([, value]) => value !== undefined)
    const place = isElsewhere ? { origin: url.origin, path: url.pathname + url.search } : {}
    // Values are passed on as they came: text, bytes or arrays of both.
    return { ...this.#options, ...place, headers: [...kept, ...set].flat(1) as string[] }
  }
}

/** A path that begins with two strokes names no other host. */
function addressOf(path: string, origin: string | URL | undefined): URL {
  return path.startsWith('//') ? new URL(new URL(origin ?? '').origin + path) : new URL(path, origin)
}

function pairsOf(headers: Dispatcher.DispatchOptions['headers']): readonly Pair[] {
  if (headers === undefined || headers === null) return []
  if (!Array.isArray(headers)) {
    return Symbol.iterator in headers ? [...(headers as Iterable<Pair>)] : Object.entries(headers)
  }
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]] as const] : []))
}
