import * as cockatiel from 'cockatiel'
import type { PartConfig } from '@holdfast/core'
import { attemptUnder } from '@holdfast/simulator'
import type { Caller } from '@holdfast/simulator'
import { firstLimit } from './first-limit.ts'
import { layoutOf } from './layout.ts'

type Config<Kind extends PartConfig['kind']> = Extract<PartConfig, { readonly kind: Kind }>

/** That its own bulkhead is full is not held against the service; nor does Holdfast. */
const ofService = cockatiel.handleWhen((error) => !(error instanceof cockatiel.BulkheadRejectedError))

/**
 * The same parts as ours, with the same settings, as far as cockatiel has them. Where we choose an endpoint, its fallback goes
 * on to the next standby.
 */
export function cockatielFrom(parts: readonly PartConfig[]): Caller {
  const { outside, inside, places } = layoutOf(parts)
  const around = wrapped(outside)
  const atEach = places.map((replica) => ({ replica, policy: wrapped(inside) }))
  return {
    execute(operation, { signal }) {
      const from = (place: number, under: AbortSignal): Promise<unknown> => {
        const here = atEach[place]
        if (here === undefined) return Promise.reject(new Error('there is no other place'))
        const run = (): Promise<unknown> =>
          here.policy.execute((context) => operation(attemptUnder(context.signal, here.replica)), under)
        if (place + 1 === atEach.length) return run()
        return cockatiel.fallback(cockatiel.handleAll, () => from(place + 1, under)).execute(run, under)
      }
      return around.execute((context) => from(0, context.signal), signal)
    },
  }
}

function wrapped(parts: readonly PartConfig[]): cockatiel.IPolicy {
  return cockatiel.wrap(cockatiel.noop, ...parts.flatMap((part) => policyFrom(part) ?? []))
}

function policyFrom(part: PartConfig): cockatiel.IPolicy | undefined {
  switch (part.kind) {
    case 'timeout':
      if (typeof part.durationMs === 'function') return undefined
      return cockatiel.timeout(part.durationMs, cockatiel.TimeoutStrategy.Aggressive)
    case 'retry':
      return retryFrom(part)
    case 'circuit-breaker':
      return breakerFrom(part)
    case 'bulkhead':
      return bulkheadFrom(part)
    default:
      return undefined
  }
}

/** There is no budget. */
function retryFrom({ attempts = 3, backoff = {} }: Config<'retry'>): cockatiel.IPolicy {
  const { baseMs = 100, maximumMs = 2_000 } = backoff
  return cockatiel.retry(cockatiel.handleAll, {
    maxAttempts: attempts - 1,
    backoff: new cockatiel.ExponentialBackoff({ initialDelay: baseMs, maxDelay: maximumMs }),
  })
}

/** There is no rule for the newest calls alone, no ramp, no proportional mode, and no state that instances share. */
function breakerFrom(options: Config<'circuit-breaker'>): cockatiel.IPolicy {
  const { failureRatio = 0.5, minimumCalls = 20, openMs = 1_000, maximumOpenMs = 15_000 } = options
  const { probes = 3, probeSuccesses = 2, window } = options
  const duration = window?.type === 'count' ? 10_000 : (window?.durationMs ?? 10_000)
  return cockatiel.circuitBreaker(ofService, {
    halfOpenAfter: new cockatiel.ExponentialBackoff({ initialDelay: openMs, maxDelay: maximumOpenMs }),
    halfOpenSampling: { calls: probes, threshold: (probes - probeSuccesses) / probes },
    breaker: new cockatiel.SamplingBreaker({
      threshold: failureRatio,
      duration,
      minimumRps: (minimumCalls * 1_000) / duration,
    }),
  })
}

/** The queue is first in, first out, and has no longest wait. */
function bulkheadFrom({ limit, queue }: Config<'bulkhead'>): cockatiel.IPolicy {
  return cockatiel.bulkhead(firstLimit(limit), queue === undefined || queue === false ? 0 : queue.size)
}
