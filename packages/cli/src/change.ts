import type { StoreFailureReason } from '@holdfast/core'
import type { Circuit, Fleet } from './fleet.ts'

/** What is different from what was seen before, as `watch --json` tells it. */
export type Change =
  | { readonly type: 'fleet'; readonly instances: number }
  | ({ readonly type: 'circuit' } & Circuit)
  | { readonly type: 'gone'; readonly name: string; readonly id: string }
  | { readonly type: 'link'; readonly connected: boolean; readonly reason: StoreFailureReason | null }

/** From what was seen before, if anything was, to what is seen now. That time passes is no change. */
export function changesBetween(before: Fleet | undefined, now: Fleet): readonly Change[] {
  const known = new Map(before?.circuits.map((circuit) => [circuit.id, circuit]))
  const present = new Set(now.circuits.map(({ id }) => id))
  const news = now.circuits.filter((circuit) => !isAlike(known.get(circuit.id), circuit))
  const gone = before?.circuits.filter(({ id }) => !present.has(id)) ?? []
  return [
    ...(before?.instances === now.instances ? [] : [{ type: 'fleet', instances: now.instances } as const]),
    ...news.map((circuit) => ({ type: 'circuit', ...circuit }) as const),
    ...gone.map(({ name, id }) => ({ type: 'gone', name, id }) as const),
  ]
}

function isAlike(before: Circuit | undefined, now: Circuit): boolean {
  if (before === undefined) return false
  // What remains becomes less by itself; where it has become more, there is news.
  const hasMore = now.remainingMs > before.remainingMs
  return (
    !hasMore &&
    before.state === now.state &&
    before.openings === now.openings &&
    before.problem === now.problem &&
    isSameOverride(before.override, now.override)
  )
}

function isSameOverride(before: Circuit['override'], now: Circuit['override']): boolean {
  if (before === null || now === null) return before === now
  const { state, by, why, remainingMs } = now
  return before.state === state && before.by === by && before.why === why && remainingMs <= before.remainingMs
}
