import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  pipeline,
  pipelineFrom,
  rateLimit,
  retry,
  standard,
  timeout,
} from '@holdfast/core'
import type { Part } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'
import pLimit from 'p-limit'
import pRetry from 'p-retry'
import pTimeout from 'p-timeout'

export type Operation = () => Promise<unknown>
/** Makes one call; never rejects where a refusal or a failure is what is measured. */
export type Caller = (operation: Operation) => Promise<unknown>
export type Subject = Readonly<Record<string, () => Caller>>

const long = 5_000
const never = (): Promise<unknown> => new Promise(() => {})

function ours(...parts: Part[]): Caller {
  const guarded = pipeline('bench', parts)
  return (operation) => guarded.execute(operation)
}

function oursOutcome(...parts: Part[]): Caller {
  const guarded = pipeline('bench', parts)
  return (operation) => guarded.executeOutcome(operation)
}

function open(): Caller {
  const breaker = circuitBreaker()
  breaker.override('open', { reason: 'measured' })
  return oursOutcome(breaker)
}

const stack = (): Part[] => [
  fallback({ value: 0 }),
  retry({ attempts: 3 }),
  circuitBreaker(),
  timeout({ durationMs: long }),
  bulkhead({ limit: 200_000 }),
]

const holdfast: Subject = {
  retry: () => ours(retry()),
  timeout: () => ours(timeout({ durationMs: long })),
  breaker: () => ours(circuitBreaker()),
  bulkhead: () => ours(bulkhead()),
  fallback: () => ours(fallback({ value: 0 })),
  'rate limit': () => ours(rateLimit({ limit: 1e9 })),
  hedge: () => ours(hedge({ delayMs: long })),
  'stack of five': () => ours(...stack()),
  'standard preset': () => {
    const guarded = pipelineFrom({ name: 'bench', parts: standard })
    return (operation) => guarded.execute(operation)
  },
  'open breaker refuses': open,
  'full bulkhead refuses': () => oursOutcome(bulkhead({ limit: 0 })),
  'retry of three': () => thrice(ours(retry({ attempts: 3, backoff: { baseMs: 0 }, budget: false }))),
  'fallback taken': () => failing(ours(fallback({ value: 0 }))),
  'timeout fires': () => hanging(oursOutcome(timeout({ durationMs: 1 }))),
}

const all = cockatiel.handleAll

function theirs(policy: { execute(operation: Operation): Promise<unknown> }): Caller {
  return (operation) => policy.execute(operation)
}

const sampling = (): cockatiel.SamplingBreaker =>
  new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 })

const cockatielStack = (): Caller =>
  theirs(
    cockatiel.wrap(
      cockatiel.fallback(all, 0),
      cockatiel.retry(all, { maxAttempts: 2 }),
      cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling() }),
      cockatiel.timeout(long, cockatiel.TimeoutStrategy.Aggressive),
      cockatiel.bulkhead(200_000),
    ),
  )

function isolated(): Caller {
  const breaker = cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling() })
  breaker.isolate()
  return caught(theirs(breaker))
}

function full(): Caller {
  const policy = cockatiel.bulkhead(1)
  void policy.execute(never)
  return caught(theirs(policy))
}

const cockatielSubject: Subject = {
  retry: () => theirs(cockatiel.retry(all, { maxAttempts: 2 })),
  timeout: () => theirs(cockatiel.timeout(long, cockatiel.TimeoutStrategy.Aggressive)),
  breaker: () => theirs(cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling() })),
  bulkhead: () => theirs(cockatiel.bulkhead(200_000)),
  fallback: () => theirs(cockatiel.fallback(all, 0)),
  'stack of five': cockatielStack,
  'open breaker refuses': isolated,
  'full bulkhead refuses': full,
  'retry of three': () =>
    thrice(theirs(cockatiel.retry(all, { maxAttempts: 2, backoff: new cockatiel.ConstantBackoff(0) }))),
  'fallback taken': () => failing(theirs(cockatiel.fallback(all, 0))),
  'timeout fires': () => hanging(caught(theirs(cockatiel.timeout(1, cockatiel.TimeoutStrategy.Aggressive)))),
}

function opossum(options: Opossum.Options, prepare: (breaker: Opossum) => void = () => {}): Caller {
  const breaker = new Opossum((operation: Operation) => operation(), { timeout: false, ...options })
  prepare(breaker)
  return (operation) => breaker.fire(operation)
}

const opossumStack = { timeout: long, capacity: 200_000 }

const opossumSubject: Subject = {
  timeout: () => opossum({ timeout: long }),
  breaker: () => opossum({}),
  bulkhead: () => opossum({ capacity: 200_000 }),
  fallback: () => opossum({}, (breaker) => breaker.fallback(() => 0)),
  'stack of five': () => opossum(opossumStack, (breaker) => breaker.fallback(() => 0)),
  'open breaker refuses': () => caught(opossum({}, (breaker) => breaker.open())),
  'full bulkhead refuses': () => caught(opossum({ capacity: 1 }, (breaker) => void breaker.fire(never))),
  'timeout fires': () => hanging(caught(opossum({ timeout: 1, volumeThreshold: 1e9 }))),
}

const small: Subject = {
  retry: () => (operation) => pRetry(operation, { retries: 2 }),
  timeout: () => (operation) => pTimeout(operation(), { milliseconds: long }),
  bulkhead: () => {
    const limit = pLimit(200_000)
    return (operation) => limit(operation)
  },
  'retry of three': () => thrice((operation) => pRetry(operation, { retries: 2, minTimeout: 0 })),
}

export const subjects: Readonly<Record<string, Subject>> = {
  bare: { 'stack of five': () => (operation) => operation() },
  holdfast,
  cockatiel: cockatielSubject,
  opossum: opossumSubject,
  'p-*': small,
}

function caught(call: Caller): Caller {
  return async (operation) => {
    try {
      return await call(operation)
    } catch (error) {
      return error
    }
  }
}

const error = new Error('fails on purpose')

function failing(call: Caller): Caller {
  return () => call(() => Promise.reject(error))
}

function hanging(call: Caller): Caller {
  return () => call(never)
}

/** Fails twice, then succeeds. */
function thrice(call: Caller): Caller {
  return () => {
    let runs = 0
    return call(() => (++runs < 3 ? Promise.reject(error) : Promise.resolve(runs)))
  }
}
