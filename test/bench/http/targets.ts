import { atMost } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { Figure } from './figures.ts'

export interface Measured {
  readonly group: string
  readonly figures: readonly Figure[]
}

/** What Holdfast set out to reach, as far as it was measured in this run. */
export function targets(measured: readonly Measured[]): readonly Target[] {
  const find = (group: string, subject: string): Figure | undefined =>
    measured.find((each) => each.group === group)?.figures.find((figure) => figure.subject === subject)
  const added = (subject: string): number => find('around a handler', subject)?.addedUs ?? Number.NaN
  const shedding = 'a request that is shed'
  const shed = (subject: string): number => find(shedding, subject)?.us ?? Number.NaN
  const work = shed('served after 1 ms of work')
  return [
    atMost(
      'five parts around a handler: share of what opossum adds',
      added('holdfast, five parts') / added('opossum, four parts'),
      0.5,
    ),
    atMost(
      'shed: times a bare 503 of node:http',
      find(shedding, 'holdfast in node:http')?.ratio ?? Number.NaN,
      1.3,
    ),
    atMost('shed in node:http: share of a request of 1 ms', shed('holdfast in node:http') / work, 0.1),
    atMost('shed in Express: share of a request of 1 ms', shed('holdfast in Express') / work, 0.1),
    atMost('shed in Fastify: share of a request of 1 ms', shed('holdfast in Fastify') / work, 0.1),
  ].filter((target) => !Number.isNaN(target.value))
}
