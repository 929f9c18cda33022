import {
  bulkhead,
  circuitBreaker,
  endpoints,
  fallback,
  hedge,
  hotKeyLimit,
  keyed,
  pipeline,
  pipelineFrom,
  rateLimit,
  retry,
  standard,
  timeout,
} from '@holdfast/core'
import type { Endpoint, Part, Policy } from '@holdfast/core'
import { protect } from '@holdfast/express'
import { faultInjection } from '@holdfast/faults'
import { throughMiddleware } from '../stubbed-exchange.ts'
import { boom, longMs, timeoutMs } from '../subject.ts'
import type { Caller, Subject } from '../subject.ts'

function through(...parts: Part[]): Caller {
  const guarded = pipeline('bench', parts)
  return (operation) => guarded.execute(operation)
}

function outcomeThrough(...parts: Part[]): Caller {
  const guarded = pipeline('bench', parts)
  return (operation) => guarded.executeOutcome(operation)
}

/** Each call has a key that is not counted, and takes the place of another. */
function throughKeys(): Caller {
  const guarded = pipeline('bench', [hotKeyLimit()])
  const calls = Array.from({ length: 100_000 }, (_, each) => ({ key: `tenant-${each}` }))
  let next = 0
  return (operation) => guarded.execute(operation, calls[next++ % calls.length])
}

function five(): readonly Part[] {
  return [
    fallback({ value: 0 }),
    retry({ attempts: 3 }),
    circuitBreaker(),
    timeout({ durationMs: timeoutMs }),
    bulkhead({ limit: 200_000 }),
  ]
}

const hundred: readonly Endpoint[] = Array.from({ length: 100 }, (_, place) => ({ id: `${place}` }))

const measured = { lastMs: 0 }

/** Tells the operation where to go, and how long that took: all that a choice has to do but choose and learn. */
const given: Policy = {
  kind: 'given',
  name: 'given',
  wrap: (next) => (call) => {
    const { clock } = call
    const startedAt = clock.now()
    return next(call.branch({ endpoint: { id: '0' } })).then((value) => {
      measured.lastMs = clock.now() - startedAt
      return value
    })
  },
}

async function open(): Promise<Caller> {
  const guarded = pipeline('bench', [
    circuitBreaker({ consecutiveFailures: 1, openMs: longMs, maximumOpenMs: longMs }),
  ])
  await guarded.executeOutcome(() => Promise.reject(boom))
  return (operation) => guarded.executeOutcome(operation)
}

export const subject: Subject = {
  retry: () => through(retry()),
  timeout: () => through(timeout({ durationMs: timeoutMs })),
  breaker: () => through(circuitBreaker()),
  bulkhead: () => through(bulkhead({ limit: 200_000 })),
  fallback: () => through(fallback({ value: 0 })),
  'rate limit': () => through(rateLimit({ limit: 1e9 })),
  'hot key limit, 100 000 keys': throughKeys,
  hedge: () => through(hedge({ delayMs: timeoutMs })),
  'a given endpoint, timed': () => through(given),
  'one of 100 endpoints': () => through(endpoints({ primary: hundred })),
  'stack of five': () => through(...five()),
  'stack of five, faults off': () => through(...five(), faultInjection()),
  'standard preset': () => {
    const guarded = pipelineFrom({ name: 'bench', parts: standard })
    return (operation) => guarded.execute(operation)
  },
  'open breaker refuses': open,
  'full bulkhead refuses': () => outcomeThrough(bulkhead({ limit: 0 })),
  'request admitted': () =>
    throughMiddleware(protect('bench', [timeout({ durationMs: timeoutMs }), bulkhead({ limit: 200_000 })])),
  'request shed': () => throughMiddleware(protect('bench', [bulkhead({ limit: 0 })])),
  'retry of three': () => through(retry({ attempts: 3, backoff: { baseMs: 0 }, budget: false })),
  'fallback taken': () => through(fallback({ value: 0 })),
  'timeout fires': () => outcomeThrough(timeout({ durationMs: 1 })),
  'keyed breaker': () => {
    const guarded = pipeline('bench', [keyed(() => [circuitBreaker()], { maximum: 1e6, idleMs: longMs })])
    return (operation, key = '') => guarded.execute(operation, { key })
  },
}
