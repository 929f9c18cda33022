import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, guardRules, integer, object, oneOf, required } from '../check.ts'
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

/** How instances divide one limit: each holds a slice of it, which follows what it uses. */
export interface SharedBulkheadOptions {
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

const sharedRules: Readonly<Record<string, Rule>> = { drainMs: durationMs(), degradedMinimum: integer(0) }

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
  const shared = given.shared && checkOptions(`${name}.shared`, given.shared, sharedRules)
  const options = {
    ...given,
    ...(given.queue !== undefined && { queue: given.queue && { ...queue } }),
    ...(shared !== undefined && { shared }),
  }
  return { options, limit, mode, queue: { size, order, maximumWaitMs }, priority, shared: shared ?? {} }
}
