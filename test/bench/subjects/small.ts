import pLimit from 'p-limit'
import pRetry from 'p-retry'
import pTimeout from 'p-timeout'
import { timeoutMs } from '../subject.ts'
import type { Subject } from '../subject.ts'

/** p-retry, p-timeout and p-limit, each where there is something to compare. */
export const subject: Subject = {
  retry: () => (operation) => pRetry(operation, { retries: 2 }),
  timeout: () => (operation) => pTimeout(operation(), { milliseconds: timeoutMs }),
  bulkhead: () => {
    const limit = pLimit(200_000)
    return (operation) => limit(operation)
  },
  'retry of three': () => (operation) => pRetry(operation, { retries: 2, minTimeout: 0 }),
  'timeout fires': () => (operation) => pTimeout(operation(), { milliseconds: 1 }),
}
