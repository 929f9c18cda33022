import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import { resilientFetch } from '@holdfast/fetch'
import type { ClientKind, Limits } from './client-under-test.ts'
import { loopClock } from './loop-time.ts'
import { init } from './plain-fetch.ts'

/** The standard preset within the limits. */
export function partsWithin({ attempts, attemptMs, totalMs }: Limits): readonly PartConfig[] {
  return standard.map((part) => {
    if (part.kind === 'retry') {
      return { ...part, attempts, backoff: { baseMs: 1, maximumMs: 10 }, budget: false }
    }
    if (part.kind !== 'timeout') return part
    return { ...part, durationMs: part.name === 'total-timeout' ? totalMs : attemptMs }
  })
}

export function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_TIMEOUT'
}

export const resilientFetchClient: ClientKind = {
  name: 'resilientFetch',
  readsBody: false,
  followsRedirects: true,
  make(limits) {
    const client = resilientFetch({ parts: partsWithin(limits), clock: loopClock })
    return { ask: (url, asked) => client(url, init(asked)), isTimeout, close: async () => {} }
  },
}
