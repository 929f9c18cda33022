import { bulkhead, keyed, rateLimit, timeout } from '@holdfast/core'
import type { Guard, Keyed } from '@holdfast/core'
import { clientAddress } from '@holdfast/http'
import type { RequestLike } from '@holdfast/http'
import { plenty, room, timeoutMs } from '../subject.ts'

/** What one puts around a service, so wide that nothing is refused. */
export function typicalGuards(): readonly Guard[] {
  return [
    timeout({ durationMs: timeoutMs }),
    rateLimit({ limit: plenty }),
    bulkhead({ limit: room, queue: { size: room, maximumWaitMs: 100 } }),
  ]
}

interface ByAddress {
  readonly key: (request: RequestLike) => string | undefined
}

/** A limit for each address, as packages that do nothing but limit have by default. */
export function eachAddress(): [parts: readonly Keyed[], options: ByAddress] {
  return [[keyed(() => [rateLimit({ limit: plenty })])], { key: clientAddress() }]
}
