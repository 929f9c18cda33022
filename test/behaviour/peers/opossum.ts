import Opossum from 'opossum'
import type { PartConfig } from '@holdfast/core'
import { attemptUnder } from '@holdfast/simulator'
import type { Caller } from '@holdfast/simulator'
import { firstLimit } from './first-limit.ts'
import { layoutOf } from './layout.ts'

type Config<Kind extends PartConfig['kind']> = Extract<PartConfig, { readonly kind: Kind }>

/**
 * A breaker with the settings of ours, and with the innermost timeout and the limit of the bulkhead, which are options of it;
 * where we choose an endpoint, one for each, whose fallback is that of the next standby. There is no retry, no total
 * timeout, no queue, no rule for the newest calls, and one probe that decides alone. The time that it stays open does not grow.
 */
export function opossumFrom(parts: readonly PartConfig[]): Caller & Disposable {
  const { inside, places } = layoutOf(parts)
  const breakers = places.map((replica) => breakerAt(replica, inside))
  for (const [place, breaker] of breakers.entries()) {
    const next = breakers[place + 1]
    if (next !== undefined) breaker.fallback(next)
  }
  return {
    execute: (operation, options) =>
      breakers[0]?.fire(operation, options) ?? Promise.reject(new Error('there is no place')),
    [Symbol.dispose]: () => {
      for (const breaker of breakers) breaker.shutdown()
    },
  }
}

type Breaker = Opossum<Parameters<Caller['execute']>, unknown>

function breakerAt(replica: string | undefined, parts: readonly PartConfig[]): Breaker {
  const action: Caller['execute'] = (operation, { signal }) => operation(attemptUnder(signal, replica))
  return new Opossum(action, {
    timeout: timeoutOf(parts),
    ...ruleOf(parts.find((part) => part.kind === 'circuit-breaker')),
    ...capacityOf(parts.find((part) => part.kind === 'bulkhead')),
    // Without effect on what it does, and slow.
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  })
}

function timeoutOf(parts: readonly PartConfig[]): number | false {
  const innermost = parts.findLast((part) => part.kind === 'timeout')
  return typeof innermost?.durationMs === 'number' ? innermost.durationMs : false
}

/** Where there is none: one that never opens. */
function ruleOf(breaker: Config<'circuit-breaker'> | undefined): Opossum.Options {
  if (breaker === undefined) return { volumeThreshold: Number.MAX_SAFE_INTEGER }
  const { failureRatio = 0.5, minimumCalls = 20, openMs = 1_000, window } = breaker
  return {
    errorThresholdPercentage: failureRatio * 100,
    volumeThreshold: minimumCalls,
    rollingCountTimeout: window?.type === 'count' ? 10_000 : (window?.durationMs ?? 10_000),
    resetTimeout: openMs,
  }
}

function capacityOf(bulkhead: Config<'bulkhead'> | undefined): Opossum.Options {
  if (bulkhead === undefined) return {}
  return { capacity: firstLimit(bulkhead.limit) }
}
