import { bulkhead, rateLimit, timeout } from '@holdfast/core'
import type { Guard } from '@holdfast/core'
import { plenty, room, timeoutMs } from '../subject.ts'

/** What one puts around a service, so wide that nothing is refused. */
export function typicalGuards(): readonly Guard[] {
  return [
    timeout({ durationMs: timeoutMs }),
    rateLimit({ limit: plenty }),
    bulkhead({ limit: room, queue: { size: room, maximumWaitMs: 100 } }),
  ]
}
