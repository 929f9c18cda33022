import { BreakerState, Bulkhead, Circuit, Fallback, Retry, SlidingCountBreaker, Timeout } from 'mollitia'
import type { Module } from 'mollitia'
import { byKey, longMs, never, timeoutMs } from '../subject.ts'
import type { Caller, Operation, Subject } from '../subject.ts'

function through(...modules: Module[]): Caller {
  const circuit = new Circuit({ func: (operation: Operation) => operation(), options: { modules } })
  return (operation) => circuit.execute(operation)
}

function full(): Caller {
  const call = through(new Bulkhead({ concurrentSize: 1, queueSize: 0 }))
  void call(never)
  return call
}

export const subject: Subject = {
  retry: () => through(new Retry({ attempts: 2 })),
  timeout: () => through(new Timeout({ delay: timeoutMs })),
  breaker: () => through(new SlidingCountBreaker({ slidingWindowSize: 100 })),
  bulkhead: () => through(new Bulkhead({ concurrentSize: 200_000 })),
  fallback: () => through(new Fallback({ callback: () => 0 })),
  'stack of five': () =>
    through(
      new Fallback({ callback: () => 0 }),
      new Retry({ attempts: 2 }),
      new SlidingCountBreaker({ slidingWindowSize: 100 }),
      // Its 100 000 calls in flight take longer than the others' timeout.
      new Timeout({ delay: longMs }),
      new Bulkhead({ concurrentSize: 200_000 }),
    ),
  'open breaker refuses': () =>
    through(new SlidingCountBreaker({ state: BreakerState.OPENED, openStateDelay: longMs })),
  'full bulkhead refuses': full,
  'retry of three': () => through(new Retry({ attempts: 2 })),
  'fallback taken': 'rejects only',
  'timeout fires': () => through(new Timeout({ delay: 1 })),
  'keyed breaker': () => byKey(() => through(new SlidingCountBreaker({ slidingWindowSize: 100 }))),
}
