import type { Call } from '../call.ts'
import {
  callable,
  checkOptions,
  durationMs,
  guardRules,
  HoldfastConfigError,
  integer,
  object,
  oneOf,
  required,
} from '../check.ts'
import type { Rule } from '../check.ts'
import type { GuardOptions, Mode } from '../guard.ts'
import type { Order } from './queue.ts'

export interface QueueOptions {
  /** How many calls may wait. A call that finds the queue full is refused, unless its priority is higher. */
  readonly size: number
  /** Who is next of equal priority: the oldest, or the newest, whose caller is the likeliest to wait still. Default `fifo`. */
  readonly order?: Order
  /** For how long one may wait, in milliseconds. Default: as long as the call itself may take. */
  readonly maximumWaitMs?: number
}

export interface BulkheadOptions extends GuardOptions {
  /** How many calls may run at a time; 0 refuses all. Default 100. */
  readonly limit?: number
  /** Default: nobody waits. */
  readonly queue?: QueueOptions | false
  /**
   * Who goes first of those that wait: the higher number; anything else than a number counts as 0. In a full queue the
   * one who would be the last gives way to a call of higher priority.
   */
  readonly priority?: (call: Call) => number
  /** How it takes part where its pipeline has a share: `limit` is the fleet's then. `false`: it stays on its own. */
  readonly shared?: SharedBulkheadOptions | false
}

/** How instances divide one limit. */
export interface SharedBulkheadOptions {
  /**
   * `slices`: each holds a slice of it, which follows what it uses, and no call waits for the store. `strict`: each call
   * asks the store for a permit before it begins, so the limit is used to the last; nobody queues. Default `slices`.
   */
  readonly mode?: 'slices' | 'strict'
  /**
   * How long a call may run after it was let in, in milliseconds. A slice is not used any more so long before another
   * instance may have it, so the limit holds as long as this does. Default: what timeouts around it, or inside it and
   * outside any retry, allow at most, or else 2 500.
   */
  readonly drainMs?: number
  /**
   * How many calls this instance lets run at least while nothing is heard from the store; more where the limit by the
   * number of instances is more. Default 1. 0: none, so the limit holds whatever happens.
   */
  readonly degradedMinimum?: number
  /** For how long a call waits for the store, in milliseconds; needs `strict`. Default 20. */
  readonly deadlineMs?: number
  /**
   * What becomes of a call that the store has not answered by then; needs `strict`. `local`: it goes by this instance's part
   * of the limit; `open`: it runs; `closed`: it is refused. Default `local`.
   */
  readonly onStoreError?: 'local' | 'open' | 'closed'
}

const isQueue: Rule = (value) =>
  value === false || (typeof value === 'object' && value !== null) ? undefined : 'queue options or false'

const sharedRule: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: integer(0),
  queue: isQueue,
  priority: callable,
  shared: sharedRule,
}

const sharedRules: Readonly<Record<string, Rule>> = {
  mode: oneOf('slices', 'strict'),
  drainMs: durationMs(),
  degradedMinimum: integer(0),
  deadlineMs: durationMs(),
  onStoreError: oneOf('local', 'open', 'closed'),
}

const queueRules: Readonly<Record<string, Rule>> = {
  size: integer(0),
  order: oneOf('fifo', 'lifo'),
  maximumWaitMs: durationMs(),
}

/** The options with their defaults. */
export interface Settings {
  readonly options: BulkheadOptions
  readonly limit: number
  readonly mode: Mode
  readonly queue: Required<QueueOptions>
  readonly priority: ((call: Call) => number) | undefined
  readonly shared: SharedBulkheadOptions | false
}

export function settingsFrom(name: string, asked: BulkheadOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit = 100, mode = 'enforce', priority } = given
  const asksForQueue = given.queue !== undefined && given.queue !== false
  const queue = checkOptions(`${name}.queue`, asksForQueue ? given.queue : { size: 0 }, queueRules)
  required(name, 'queue.size', queue.size, 'how many calls may wait')
  const { size, order = 'fifo', maximumWaitMs = Infinity } = queue
  const shared = given.shared && checkShared(name, given.shared, size)
  const options = {
    ...given,
    ...(given.queue !== undefined && { queue: given.queue && { ...queue } }),
    ...(shared !== undefined && { shared }),
  }
  return { options, limit, mode, queue: { size, order, maximumWaitMs }, priority, shared: shared ?? {} }
}

/** Refuses what has no effect in the mode that is asked for. */
function checkShared(name: string, given: SharedBulkheadOptions, queueSize: number): SharedBulkheadOptions {
  const shared = checkOptions(`${name}.shared`, given, sharedRules)
  const { mode, drainMs, deadlineMs, onStoreError } = shared
  if (mode === 'strict') {
    if (queueSize > 0)
      fail(name, 'nobody queues with shared.mode strict; leave queue out, or share by slices')
    if (drainMs !== undefined)
      fail(name, 'shared.drainMs has no effect with shared.mode strict; leave it out')
    return shared
  }
  if (deadlineMs !== undefined || onStoreError !== undefined) {
    fail(name, "shared.deadlineMs and shared.onStoreError have no effect without shared.mode 'strict'")
  }
  return shared
}

function fail(name: string, message: string): never {
  throw new HoldfastConfigError(`${name}: ${message}`)
}
