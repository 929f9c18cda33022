import type { Outcome } from '../outcome.ts'

export type RetryEvent =
  | {
      readonly type: 'retry.scheduled'
      readonly policy: string
      /** The attempt that comes; 2 is the first retry. */
      readonly next: number
      readonly delayMs: number
      readonly outcome: Outcome
    }
  | {
      readonly type: 'retry.gave-up'
      readonly policy: string
      readonly reason: 'attempts' | 'budget' | 'deadline'
      readonly attempts: number
      readonly outcome: Outcome
    }
