import { HoldfastConfigError } from '@holdfast/core'
import { drain, outbound } from '@holdfast/http'
import type { Answer, Outbound, OutboundOptions } from '@holdfast/http'
import { FetchRequest } from './fetch-request.ts'
import type { ResilientRequestInit } from './fetch-request.ts'

export interface ResilientFetchOptions extends OutboundOptions {
  /** Makes each attempt. Default: the `fetch` that is global when this one is made. */
  readonly fetch?: typeof fetch | undefined
}

/** Takes the place of `fetch`. */
export interface ResilientFetch {
  (input: string | URL | Request, init?: ResilientRequestInit): Promise<Response>
  /** Its events, live options and statistics. */
  readonly outbound: Outbound
}

/**
 * A `fetch` that retries what may be repeated, breaks circuits, and bounds time and load, for each origin and operation
 * of its own. It resolves with the last response whatever its status, as `fetch` does. Times are those until the
 * headers: once it has resolved, only the caller's own signal cuts the body. Throws `HoldfastConfigError` for options
 * that make no sense.
 */
export function resilientFetch(options: ResilientFetchOptions = {}): ResilientFetch {
  const { fetch: underlying = globalThis.fetch, ...rest } = options
  if (typeof underlying !== 'function' || 'outbound' in underlying) {
    throw new HoldfastConfigError(
      'resilientFetch: fetch must be a function that does not retry by itself, as a resilientFetch does',
    )
  }
  const client = outbound({ name: 'fetch', ...rest })
  const resilient: typeof fetch = async (input, init = {}) => {
    const request = new FetchRequest(input, init)
    return client.send(request, async (attempt) => {
      const response = await request.fetch(underlying, attempt)
      return answerOf(response, client)
    })
  }
  return Object.assign(resilient, { outbound: client })
}

function answerOf(response: Response, { clock }: Outbound): Answer<Response> {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    response,
    body: response.body,
    discard: () => drain(response.body, clock),
  }
}
