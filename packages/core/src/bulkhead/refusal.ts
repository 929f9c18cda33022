import { Rejection } from '../error.ts'

export type BulkheadEvent =
  | {
      readonly type: 'bulkhead.rejected'
      readonly policy: string
      readonly reason: BulkheadRefusal
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | {
      readonly type: 'bulkhead.queued'
      readonly policy: string
      /** How many wait now, this call included. */
      readonly waiting: number
    }
  | {
      readonly type: 'bulkhead.adapted'
      readonly policy: string
      /** What the limit is now. */
      readonly limit: number
      /** What it was when that was last told. */
      readonly before: number
    }

/**
 * `evicted`: it waited, and gave way to a call of higher priority. `no-answer`: the store has not answered in time, or
 * cannot be reached.
 */
export type BulkheadRefusal = 'full' | 'waited-too-long' | 'evicted' | 'no-answer'

/** All permits are taken, and the queue, if there is one, is full or took too long. */
export class BulkheadFullError extends Rejection {
  readonly code = 'ERR_BULKHEAD_FULL'
}
