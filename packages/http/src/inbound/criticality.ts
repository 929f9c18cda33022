import type { Call } from '@holdfast/core'

/** How much is lost when a request is refused. */
export type Criticality = 'critical-plus' | 'critical' | 'sheddable-plus' | 'sheddable'

/** All levels, in the order in which they are given up. */
export const criticalities: readonly Criticality[] = [
  'sheddable',
  'sheddable-plus',
  'critical',
  'critical-plus',
]

/** Whether `value` names a level: in lower case, without space around it. */
export function isCriticality(value: unknown): value is Criticality {
  return criticalities.includes(value as Criticality)
}

/** The call's `metadata.criticality`; `critical` where there is none, or anything else than a level. */
export function criticalityOf({ metadata }: Pick<Call, 'metadata'>): Criticality {
  const { criticality } = metadata
  return isCriticality(criticality) ? criticality : 'critical'
}

/**
 * The call's criticality as a number, for `priority` of a bulkhead: 0 is `sheddable`, 3 is `critical-plus`, and 2 is
 * `critical`, which is what calls are that say nothing.
 */
export function byCriticality(call: Pick<Call, 'metadata'>): number {
  return criticalities.indexOf(criticalityOf(call))
}
