import type { Alteration, Next } from '../policy.ts'
import type { Stage } from './stages.ts'

/** The stages that a run takes its call through, and what they stand around. */
export interface Course {
  readonly stages: readonly Stage[]
  /** The operation where undefined. */
  readonly inner: Next | undefined
  /** What may change that. */
  readonly alteration: Alteration | undefined
  /** How many runs follow it. */
  running: number
  /** The course behind stage `index`. */
  inside(index: number): Next
}

/** Where a run is that follows none. */
export const nowhere: Course = {
  stages: [],
  inner: undefined,
  alteration: undefined,
  running: 0,
  inside: () => () => Promise.reject(new TypeError('nowhere')),
}
