import { Readable } from 'node:stream'
import { drain, outbound } from '@holdfast/http'
import type { Answer, Outbound, OutboundOptions } from '@holdfast/http'
import axios, { AxiosError } from 'axios'
import type { AxiosAdapter, AxiosRequestConfig, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import { AxiosRequest } from './axios-request.ts'

export interface HoldfastAdapterOptions extends OutboundOptions {
  /** Makes each attempt: adapters of axios by name, the first that there is, or one of your own. Default: axios' own choice. */
  readonly adapter?: AxiosRequestConfig['adapter']
}

/** To be given to axios as its `adapter`. */
export interface HoldfastAdapter extends AxiosAdapter {
  /** Its events, live options and statistics. */
  readonly outbound: Outbound
}

/**
 * An adapter for axios, `axios.create({ adapter: holdfast() })`, that retries what may be repeated, breaks circuits, and
 * bounds time and load, for each origin and operation of its own. It stands inside of the interceptors, which see one
 * request and its last answer. Statuses are errors as `validateStatus` says. Throws `HoldfastConfigError` for options that
 * make no sense.
 */
export function holdfast(options: HoldfastAdapterOptions = {}): HoldfastAdapter {
  const { adapter: underlying = axios.defaults.adapter, ...rest } = options
  const client = outbound({ name: 'axios', ...rest })
  const adapter = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    const send = adapterFor(underlying, config)
    const request = new AxiosRequest(config)
    let response: AxiosResponse | undefined
    try {
      response = await client.send(request, async (attempt) => {
        return answerOf(await request.send(send, attempt), client)
      })
    } finally {
      request.answered(response?.data)
    }
    return settled(response, config)
  }
  return Object.assign(adapter, { outbound: client })
}

function adapterFor(
  adapter: AxiosRequestConfig['adapter'],
  config: InternalAxiosRequestConfig,
): AxiosAdapter {
  // Its type does not know of the config that one of the adapters asks for.
  const choose = axios.getAdapter as (adapters: unknown, config: InternalAxiosRequestConfig) => AxiosAdapter
  return choose(adapter, config)
}

function answerOf(response: AxiosResponse, { clock }: Outbound): Answer<AxiosResponse> {
  const { data, headers, status } = response
  return {
    status,
    header: (name) => textOf(headers[name]),
    response,
    body: data,
    discard: () => drain(bodyOf(data), clock),
  }
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

/** What has not been read yet, where a stream was asked for. */
function bodyOf(data: unknown): ReadableStream<Uint8Array> | null {
  if (data instanceof ReadableStream) return data
  return data instanceof Readable ? (Readable.toWeb(data) as ReadableStream<Uint8Array>) : null
}

/** Resolved or rejected by the caller's `validateStatus`, as each adapter of axios does. */
function settled(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  const { status, request } = response
  response.config = config
  if (!status || !config.validateStatus || config.validateStatus(status)) return response
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE
  throw new AxiosError(`Request failed with status code ${status}`, code, config, request, response)
}
