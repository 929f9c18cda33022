import { holdfast } from '@holdfast/axios'
import type { HoldfastAdapter } from '@holdfast/axios'
import axios from 'axios'
import type { AxiosInstance } from 'axios'

export interface Orders {
  readonly instance: AxiosInstance
  readonly adapter: HoldfastAdapter
}

/** The axios instance that this service orders by, made once. */
export function orders(baseURL: string): Orders {
  const adapter = holdfast({
    name: 'orders',
    parts: [
      { kind: 'timeout', name: 'total-timeout', durationMs: 2_000 },
      { kind: 'retry', attempts: 3, backoff: { baseMs: 20, maximumMs: 100 } },
      // The story is short: few requests are enough.
      { kind: 'circuit-breaker', minimumCalls: 12, openMs: 5_000 },
      { kind: 'timeout', durationMs: 200 },
    ],
  })
  const instance = axios.create({ adapter, baseURL, proxy: false })
  // It runs once a request, however many attempts there are.
  instance.interceptors.request.use((config) => {
    config.headers.set('authorization', 'Bearer token')
    return config
  })
  return { instance, adapter }
}
