import type { Injection } from '../injection.ts'
import type { InjectionReport } from '../report.ts'
import type { Scenario } from '../scenario.ts'

/** A time during which an injection is on; no time at all where it is over in a moment. */
export interface Occurrence {
  readonly injection: Injection
  readonly fromMs: number
  readonly toMs: number
}

/** Everything that is injected, with each on and off of what comes and goes. */
export function occurrencesOf({ injections = [], durationMs }: Scenario): readonly Occurrence[] {
  return injections.flatMap((injection): readonly Occurrence[] => {
    const { fromMs } = injection
    if (injection.kind === 'cache-flush' || injection.kind === 'store-flush')
      return [{ injection, fromMs, toMs: fromMs }]
    const { flapping } = injection
    const endMs = Math.min(injection.toMs ?? durationMs, durationMs)
    if (flapping === undefined) return [{ injection, fromMs, toMs: endMs }]
    const { onMs, offMs } = flapping
    const turns = Math.max(0, Math.ceil((endMs - fromMs) / (onMs + offMs)))
    return Array.from({ length: turns }, (_, turn) => {
      const beginMs = fromMs + turn * (onMs + offMs)
      return { injection, fromMs: beginMs, toMs: Math.min(beginMs + onMs, endMs) }
    })
  })
}

/** One injection goes on or off. */
export interface Change {
  readonly atMs: number
  readonly injection: Injection
  readonly on: boolean
}

/** In order of time; of one moment: what ends, in the order of the list, and then what begins, likewise. */
export function changesOf(occurrences: readonly Occurrence[]): readonly Change[] {
  return occurrences
    .flatMap(({ injection, fromMs, toMs }) => [
      { atMs: fromMs, injection, on: true },
      { atMs: toMs, injection, on: false },
    ])
    .toSorted((one, other) => one.atMs - other.atMs || Number(one.on) - Number(other.on))
}

/** The name of an injection: its own, or its kind and place in the list. */
export function idOf(injection: Injection, { injections = [] }: Scenario): string {
  return injection.id ?? `${injection.kind}-${injections.indexOf(injection) + 1}`
}

export function injectionReports(scenario: Scenario): readonly InjectionReport[] {
  return occurrencesOf(scenario)
    .map(({ injection, fromMs, toMs }) => {
      const { kind } = injection
      return { id: idOf(injection, scenario), kind, target: targetOf(injection), fromMs, toMs }
    })
    .toSorted((one, other) => one.fromMs - other.fromMs)
}

function targetOf(injection: Injection): string {
  if ('client' in injection && 'target' in injection) return `${injection.client} to ${injection.target}`
  if ('target' in injection) return injection.target
  return 'client' in injection ? injection.client : 'store'
}
