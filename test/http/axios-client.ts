import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { holdfast } from '@holdfast/axios'
import axios from 'axios'
import type { ClientKind } from './client-under-test.ts'
import { loopClock } from './loop-time.ts'
import { isTimeout, partsWithin } from './resilient-fetch-client.ts'

/** axios on Node's own HTTP, with connections that are kept. */
function client(name: string, responseType: 'text' | 'stream'): ClientKind {
  return {
    name,
    readsBody: responseType === 'text',
    followsRedirects: true,
    make(limits) {
      const httpAgent = new Agent({ keepAlive: true })
      const instance = axios.create({
        adapter: holdfast({ parts: partsWithin(limits), clock: loopClock, adapter: 'http' }),
        httpAgent,
        proxy: false,
        responseType,
        transformResponse: (data: unknown) => data,
        validateStatus: null,
      })
      return {
        async ask(url, { method, headers = {}, body, signal }) {
          const data = body === undefined || typeof body === 'string' ? body : Readable.from(body)
          /** What axios makes of every abort by its caller, made undone. */
          const rethrow = (error: unknown): never => {
            throw axios.isCancel(error) && signal.aborted ? signal.reason : error
          }
          const response = await instance
            .request<string | Readable>({
              url,
              method,
              headers: { ...headers },
              signal,
              ...(data && { data }),
            })
            .catch(rethrow)
          const { data: received, status } = response
          return {
            status,
            text: async () => (typeof received === 'string' ? received : text(received).catch(rethrow)),
          }
        },
        isTimeout,
        close: async () => httpAgent.destroy(),
      }
    },
  }
}

export const axiosClient: ClientKind = client('axios', 'text')
export const axiosStreamClient: ClientKind = client('axios with streams', 'stream')
