import { getEventListeners } from 'node:events'
import { wheelOf } from '@holdfast/core'
import type { Clock, Part, RetryBudget } from '@holdfast/core'

/** How parts and budgets name, in their statistics, what they hold for calls that have not ended. */
const holdings = ['running', 'abandoned', 'waiting', 'callsInFlight', 'extraInFlight'] as const

/**
 * What calls have left behind, a line each; empty when all is at rest, as it must be once every call and its operation
 * have ended: timers of the clock, what pipelines, parts and budgets hold, and listeners of signals. Of `keyed`, give
 * the parts of the keys. `expect(leftovers(clock, guarded, budget, caller.signal)).toEqual([])`.
 */
export function leftovers(
  clock: Clock,
  ...holders: readonly (Part | RetryBudget | AbortSignal)[]
): readonly string[] {
  const held = holders.flatMap((holder) => {
    if (holder instanceof AbortSignal) return counted('signal', 'listeners', listenersOf(holder))
    return 'withdraw' in holder ? holdingsOf('budget', holder.statistics(clock.now())) : leftIn(holder)
  })
  return [...counted('clock', 'timers', wheelOf(clock).size), ...held]
}

function leftIn(holder: Part): readonly string[] {
  const parts = flatten(holder)
  const endpoints = [undefined, ...parts.flatMap(endpointsOf)]
  return parts.flatMap((part) =>
    endpoints.flatMap((endpoint) => holdingsOf(part.name, statisticsOf(part, endpoint))),
  )
}

function flatten(part: Part): readonly Part[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(flatten)
}

/** A fallback describes its endpoints in one list, `endpoints` in groups. */
function endpointsOf(part: Part): readonly string[] {
  const { endpoints, primary, standby } = part.describe?.() ?? {}
  return [endpoints, primary, standby]
    .filter((each) => Array.isArray(each))
    .flat(2)
    .map(({ id }) => id)
}

function statisticsOf(part: Part, endpoint: string | undefined): object {
  const { statistics } = part as { readonly statistics?: (endpoint?: string) => object }
  return statistics?.call(part, endpoint) ?? {}
}

function holdingsOf(name: string, statistics: object): readonly string[] {
  // The names are looked up in whatever statistics the part has.
  const counts = statistics as Readonly<Record<string, number | undefined>>
  return holdings.flatMap((what) => counted(name, what, counts[what] ?? 0))
}

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

function counted(name: string, what: string, count: number): readonly string[] {
  return count === 0 ? [] : [`${name}: ${what} ${count}`]
}
