import type { Call } from '@holdfast/core'
import { baggageMember } from './baggage.ts'
import type { HeaderReader } from '../deadline.ts'

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
export function criticalityOf(call: Pick<Call, 'metadata'>): Criticality {
  return givenCriticalityOf(call) ?? 'critical'
}

/** The same, but undefined where there is none. */
export function givenCriticalityOf({ metadata }: Pick<Call, 'metadata'>): Criticality | undefined {
  const { criticality } = metadata
  return isCriticality(criticality) ? criticality : undefined
}

/** The header that says how much a request matters, unless another is agreed on. */
export const criticalityHeader = 'holdfast-criticality'

/**
 * How much a request matters by the header `name`, or where that is not there by the member `criticality` of W3C Baggage;
 * undefined where neither says so to the letter.
 */
export function readCriticality(header: HeaderReader, name: string): Criticality | undefined {
  const said = header(name) ?? baggageMember(header('baggage'), 'criticality')
  return isCriticality(said) ? said : undefined
}

/**
 * The call's criticality as a number, for `priority` of a bulkhead: 0 is `sheddable`, 3 is `critical-plus`, and 2 is
 * `critical`, which is what calls are that say nothing.
 */
export function byCriticality(call: Pick<Call, 'metadata'>): number {
  return criticalities.indexOf(criticalityOf(call))
}
