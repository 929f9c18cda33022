import { holdfast } from '@holdfast/undici'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'

/** The dispatcher by which this service asks for stock, made once: the first address, and the second when it is not well. */
export function stock(primary: string, standby: string): Dispatcher {
  const interceptor = holdfast({
    name: 'stock',
    endpoints: {
      primary: [{ id: 'primary', url: primary }],
      standby: [{ id: 'standby', url: standby }],
      // Fractions of what they are by default: the story is short.
      ejection: { consecutiveFailures: 2, baseMs: 300, maximumMs: 1_000 },
      slowStartMs: 200,
      dwellMs: 300,
    },
    parts: [
      { kind: 'timeout', name: 'total-timeout', durationMs: 2_000 },
      { kind: 'retry', attempts: 3, backoff: { baseMs: 10, maximumMs: 50 } },
      { kind: 'timeout', durationMs: 100 },
    ],
  })
  return new Agent().compose(interceptor)
}
