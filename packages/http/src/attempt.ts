import type { Call } from '@holdfast/core'
import type { HeaderReader } from './deadline.ts'

/** The header that says how often a request was sent, from the second time on, unless another is agreed on. */
export const attemptHeader = 'holdfast-attempt'

const count = /^[1-9]\d{0,5}$/

/**
 * Which attempt of its caller a request is, by the header `name` or Envoy's `x-envoy-attempt-count`, whichever says more;
 * 1 where neither says so to the letter.
 */
export function readAttempt(header: HeaderReader, name: string = attemptHeader): number {
  const said = [header(name), header('x-envoy-attempt-count')]
  return Math.max(1, ...said.map((text) => (typeof text === 'string' && count.test(text) ? Number(text) : 1)))
}

/** The call's `metadata.attempt`: which attempt of its caller the request is that is being served. */
export function attemptOf({ metadata }: Pick<Call, 'metadata'>): number {
  const { attempt } = metadata
  return typeof attempt === 'number' ? attempt : 1
}
