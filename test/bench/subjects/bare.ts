import { throughMiddleware } from '../stubbed-exchange.ts'
import { boom, byKey } from '../subject.ts'
import type { Caller, Operation, Subject } from '../subject.ts'

const call: Caller = (operation) => operation()
const rejecting: Caller = () => Promise.reject(boom)

async function threeTries(operation: Operation): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation()
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

async function orZero(operation: Operation): Promise<unknown> {
  try {
    return await operation()
  } catch {
    return 0
  }
}

function within(ms: number): Caller {
  return (operation) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(reject, ms, boom)
      const settled = (): void => clearTimeout(timer)
      operation().then(resolve, reject).then(settled, settled)
    })
}

/** What one would write without a library: in most cases nothing. */
export const subject: Subject = {
  retry: () => call,
  timeout: () => call,
  breaker: () => call,
  bulkhead: () => call,
  fallback: () => call,
  'rate limit': () => call,
  'hot key limit, 100 000 keys': () => call,
  hedge: () => call,
  'a given endpoint, timed': () => call,
  'one of 100 endpoints': () => call,
  'stack of five': () => call,
  'standard preset': () => call,
  'open breaker refuses': () => rejecting,
  'full bulkhead refuses': () => rejecting,
  'request admitted': () => throughMiddleware((_request, _response, next) => next()),
  'request shed': () => throughMiddleware((_request, _response, next) => next(boom)),
  'retry of three': () => threeTries,
  'fallback taken': () => orZero,
  'timeout fires': () => within(1),
  'keyed breaker': () => byKey(() => (operation) => operation()),
}
