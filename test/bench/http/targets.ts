import { atMost } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { Figure } from './figures.ts'

/** What Holdfast set out to reach, as far as it was measured in this run. */
export function targets(figures: readonly Figure[]): readonly Target[] {
  const find = (subject: string) => figures.find((figure) => figure.subject === subject)
  const us = (subject: string): number => find(subject)?.us ?? Number.NaN
  const added = (subject: string): number => find(subject)?.addedUs ?? Number.NaN
  const work = us('served after 1 ms of work')
  const shedBy = (subject: string): number => us(`holdfast in ${subject}`)
  return [
    atMost(
      'five parts around a handler: share of what opossum adds',
      added('holdfast, five parts') / added('opossum, four parts'),
      0.5,
    ),
    atMost('shed: times a bare 503 of node:http', shedBy('node:http') / us('node:http, a bare 503'), 1.3),
    atMost('shed in node:http: share of a request of 1 ms', shedBy('node:http') / work, 0.1),
    atMost('shed in Express: share of a request of 1 ms', shedBy('Express') / work, 0.1),
  ].filter((target) => !Number.isNaN(target.value))
}
