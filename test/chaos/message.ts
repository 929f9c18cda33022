import type { CircuitBreakerOptions } from '@holdfast/core'
import type { RedisStoreOptions } from '@holdfast/redis'
import type { Limits } from './limited-instance.ts'
import type { Entry } from './entry.ts'

/** How the instances of one process are made. */
export interface ProcessPlan {
  readonly index: number
  /** Where each of them finds the server. */
  readonly stores: readonly RedisStoreOptions[]
  readonly circuit: CircuitBreakerOptions
  readonly traffic: Traffic
  /** In their place: limits instead of a circuit. */
  readonly limits?: Limits
}

/** What every instance calls for. */
export interface Traffic {
  /** How many callers call at the same time, each again and again. */
  readonly callers: number
  /** How long a call takes, and how long a caller waits after it, in milliseconds, half as long up to half as long again. */
  readonly workMs: number
  readonly restMs: number
  /** The share of calls that take `longMs`, so that they come back in another epoch. */
  readonly longRatio: number
  readonly longMs: number
}

/** What a process is told. */
export type Order =
  | { readonly type: 'dependency'; readonly well: boolean }
  /** The instances of these places hear no push; the others do. */
  | { readonly type: 'deaf'; readonly places: readonly number[] }
  /** All that was seen until now is to be told, and then the number. */
  | { readonly type: 'report'; readonly number: number }
  | { readonly type: 'end' }

/** What a process tells. */
export type News =
  | { readonly type: 'log'; readonly entries: readonly Entry[]; readonly counts: Counts }
  | { readonly type: 'reported'; readonly number: number }
  | { readonly type: 'ended'; readonly stopMs: number }

/** Counted since the last news. */
export interface Counts {
  readonly admitted: number
  readonly refused: number
  readonly inFlight: number
  /** The slowest admission, and how many took more than 5 ms. */
  readonly slowestMs: number
  readonly slow: number
  /** How late a timer of the process was at most. */
  readonly lateMs: number
}
