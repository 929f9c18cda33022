import * as cockatiel from 'cockatiel'
import { boom, byKey, longMs, never, timeoutMs } from '../subject.ts'
import type { Caller, Operation, Subject } from '../subject.ts'

const all = cockatiel.handleAll
const { Aggressive } = cockatiel.TimeoutStrategy

function through(policy: { execute(operation: Operation): Promise<unknown> }): Caller {
  return (operation) => policy.execute(operation)
}

function breaker(): cockatiel.CircuitBreakerPolicy {
  const sampling = new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 })
  return cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling })
}

async function open(): Promise<Caller> {
  const first = new cockatiel.ConsecutiveBreaker(1)
  const policy = cockatiel.circuitBreaker(all, { halfOpenAfter: longMs, breaker: first })
  await policy.execute(() => Promise.reject(boom)).catch(() => {})
  return through(policy)
}

function full(): Caller {
  const policy = cockatiel.bulkhead(1)
  void policy.execute(never)
  return through(policy)
}

export const subject: Subject = {
  retry: () => through(cockatiel.retry(all, { maxAttempts: 2 })),
  timeout: () => through(cockatiel.timeout(timeoutMs, Aggressive)),
  breaker: () => through(breaker()),
  bulkhead: () => through(cockatiel.bulkhead(200_000)),
  fallback: () => through(cockatiel.fallback(all, 0)),
  'stack of five': () =>
    through(
      cockatiel.wrap(
        cockatiel.fallback(all, 0),
        cockatiel.retry(all, { maxAttempts: 2 }),
        breaker(),
        cockatiel.timeout(timeoutMs, Aggressive),
        cockatiel.bulkhead(200_000),
      ),
    ),
  'open breaker refuses': open,
  'full bulkhead refuses': full,
  'retry of three': () =>
    through(cockatiel.retry(all, { maxAttempts: 2, backoff: new cockatiel.ConstantBackoff(0) })),
  'fallback taken': () => through(cockatiel.fallback(all, 0)),
  'timeout fires': () => through(cockatiel.timeout(1, Aggressive)),
  'keyed breaker': () => byKey(() => through(breaker())),
}
