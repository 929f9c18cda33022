import Opossum from 'opossum'
import { boom, byKey, longMs, never, timeoutMs } from '../subject.ts'
import type { Caller, Operation, Subject } from '../subject.ts'

function through(options: Opossum.Options, prepare: (breaker: Opossum) => unknown = () => {}): Caller {
  const breaker = new Opossum((operation: Operation) => operation(), { timeout: false, ...options })
  prepare(breaker)
  return (operation) => breaker.fire(operation)
}

/**
 * Its own failures must not open it where something else is measured. With percentiles on, each failure sorts the
 * latencies of the whole window, so the figure would grow with the calls made before.
 */
const staysClosed = { volumeThreshold: 1e9, rollingPercentilesEnabled: false } as const

async function open(): Promise<Caller> {
  const breaker = new Opossum((operation: Operation) => operation(), { timeout: false, resetTimeout: longMs })
  await breaker.fire(() => Promise.reject(boom)).catch(() => {})
  return (operation) => breaker.fire(operation)
}

export const subject: Subject = {
  timeout: () => through({ timeout: timeoutMs }),
  breaker: () => through({}),
  bulkhead: () => through({ capacity: 200_000 }),
  fallback: () => through({}, (breaker) => breaker.fallback(() => 0)),
  'stack of five': () =>
    through({ timeout: timeoutMs, capacity: 200_000 }, (breaker) => breaker.fallback(() => 0)),
  'open breaker refuses': open,
  'full bulkhead refuses': () =>
    through({ ...staysClosed, capacity: 1 }, (breaker) => void breaker.fire(never)),
  'fallback taken': () => through(staysClosed, (breaker) => breaker.fallback(() => 0)),
  'timeout fires': () => through({ ...staysClosed, timeout: 1 }),
  'keyed breaker': () => byKey(() => through({})),
}
