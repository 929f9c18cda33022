import axios from 'axios'
import type { AxiosRequestConfig } from 'axios'
import type { Orders } from './client.ts'
import type { OrderService, Trouble } from './service.ts'

/** One request: what happened to it, what the service got, and what the caller heard. */
export interface Chapter {
  readonly did: string
  readonly troubles: readonly Trouble[]
  readonly requests: readonly string[]
  readonly heard: string
  readonly tookMs: number
}

const plot: readonly (readonly [did: string, config: AxiosRequestConfig, troubles: readonly Trouble[]])[] = [
  ['a read', {}, []],
  ['a read', {}, ['busy', 'breaks']],
  ['a read', {}, ['hangs']],
  ['an order', { method: 'POST', data: {} }, ['breaks']],
  ['an order with a key', { method: 'POST', data: {}, headers: { 'idempotency-key': '"1"' } }, ['breaks']],
  ['a read', {}, ['busy', 'busy', 'busy']],
  ['a read', {}, []],
]

export async function story({ instance }: Orders, service: OrderService): Promise<readonly Chapter[]> {
  const chapters: Chapter[] = []
  for (const [did, config, troubles] of plot) {
    service.troubles.splice(0, Infinity, ...troubles)
    service.requests.splice(0)
    const begun = performance.now()
    const heard = await instance.request({ url: '/orders', ...config }).then(
      ({ data, status }) => `${status} ${JSON.stringify(data)}`,
      (error: unknown) => said(error),
    )
    const tookMs = performance.now() - begun
    chapters.push({ did, troubles, requests: [...service.requests], heard, tookMs })
  }
  return chapters
}

/** As a caller tells errors apart: by their code. */
function said(error: unknown): string {
  if (axios.isAxiosError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error)
}
