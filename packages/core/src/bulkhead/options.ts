import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, guardRules, integer, oneOf, required } from '../check.ts'
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
}

const isQueue: Rule = (value) =>
  value === false || (typeof value === 'object' && value !== null) ? undefined : 'queue options or false'

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: integer(0),
  queue: isQueue,
  priority: callable,
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
}

export function settingsFrom(name: string, asked: BulkheadOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit = 100, mode = 'enforce', priority } = given
  const asksForQueue = given.queue !== undefined && given.queue !== false
  const queue = checkOptions(`${name}.queue`, asksForQueue ? given.queue : { size: 0 }, queueRules)
  required(name, 'queue.size', queue.size, 'how many calls may wait')
  const { size, order = 'fifo', maximumWaitMs = Infinity } = queue
  const options = given.queue === undefined ? { ...given } : { ...given, queue: given.queue && { ...queue } }
  return { options, limit, mode, queue: { size, order, maximumWaitMs }, priority }
}
