import type { Call } from '../call.ts'
import {
  callable,
  checkOptions,
  durationMs,
  either,
  guardRules,
  HoldfastConfigError,
  integer,
  number,
  object,
  oneOf,
  ratio,
  required,
} from '../check.ts'
import type { Rule } from '../check.ts'
import { leavesNoTime } from '../check-composition.ts'
import type { GuardOptions, Mode } from '../guard.ts'
import type { Part } from '../policy.ts'
import { describedLimit, checkLimit } from './limit-options.ts'
import type { AdaptiveLimitOptions, AdaptiveSettings } from './limit-options.ts'
import type { Order } from './queue.ts'
import type { ReservedOptions } from './reserve.ts'

export interface QueueOptions {
  /** How many calls may wait. A call that finds the queue full is refused, unless its priority is higher. */
  readonly size: number
  /** Who is next of equal priority: the oldest, or the newest, whose caller is the likeliest to wait still. Default `fifo`. */
  readonly order?: Order
  /** For how long one may wait, in milliseconds. Default: as long as the call itself may take. */
  readonly maximumWaitMs?: number
}

export interface BulkheadOptions extends GuardOptions {
  /** How many calls may run at a time; 0 refuses all. With an object it is found by how calls end. Default 100. */
  readonly limit?: number | AdaptiveLimitOptions
  /** Default: nobody waits. */
  readonly queue?: QueueOptions | false
  /**
   * Who goes first of those that wait: the higher number; anything else than a number counts as 0. In a full queue the
   * one who would be the last gives way to a call of higher priority.
   */
  readonly priority?: (call: Call) => number
  /** Keeps the last permits for calls of high `priority`, which must be given. Default: all may take all. */
  readonly reserved?: ReservedOptions | false
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

const objectOrFalse: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: either(integer(0), object),
  queue: isQueue,
  priority: callable,
  reserved: objectOrFalse,
  shared: objectOrFalse,
}

const reservedRules: Readonly<Record<string, Rule>> = { ratio, priority: number(-Number.MAX_VALUE) }

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
  /** Where it is adaptive: what it begins with. */
  readonly limit: number
  readonly adaptive: AdaptiveSettings | undefined
  readonly mode: Mode
  readonly queue: Required<QueueOptions>
  readonly priority: ((call: Call) => number) | undefined
  readonly reserved: ReservedOptions | undefined
  readonly shared: SharedBulkheadOptions | false
}

export function settingsFrom(name: string, asked: BulkheadOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit = 100, mode = 'enforce', priority } = given
  const asksForQueue = given.queue !== undefined && given.queue !== false
  const queue = checkOptions(`${name}.queue`, asksForQueue ? given.queue : { size: 0 }, queueRules)
  required(name, 'queue.size', queue.size, 'how many calls may wait')
  const { size, order = 'fifo', maximumWaitMs = Infinity } = queue
  const adaptive = typeof limit === 'object' ? checkLimit(name, limit) : undefined
  const reserved = given.reserved && checkReserved(name, given.reserved, given)
  const shared = given.shared && checkShared(name, given.shared, size)
  if (adaptive !== undefined && shared)
    fail(name, 'an adaptive limit is each instance’s own; leave shared out')
  const options = {
    ...given,
    ...(adaptive !== undefined && { limit: adaptive }),
    ...(given.queue !== undefined && { queue: given.queue && { ...queue } }),
    ...(reserved !== undefined && { reserved }),
    ...(shared !== undefined && { shared }),
  }
  return {
    options,
    limit: typeof limit === 'number' ? limit : (adaptive?.initial ?? 0),
    adaptive,
    mode,
    queue: { size, order, maximumWaitMs },
    priority,
    reserved: reserved || undefined,
    shared: adaptive === undefined && (shared ?? {}),
  }
}

/** What is in force, as plain data. */
export function described({
  adaptive,
  limit,
  mode,
  options,
  reserved,
}: Settings): Readonly<Record<string, unknown>> {
  const queue = typeof options.queue === 'object' ? { ...options.queue } : false
  return {
    limit: adaptive === undefined ? limit : describedLimit(adaptive),
    queue,
    mode,
    ...(reserved !== undefined && { reserved }),
    ...(options.shared !== undefined && { shared: options.shared }),
  }
}

/** What is wrong with a wait that is as long as what stands around it allows. */
export function misfit(name: string, { mode, queue }: Settings, outer: readonly Part[]): string | undefined {
  const { size, maximumWaitMs } = queue
  if (size === 0 || maximumWaitMs === Infinity || mode !== 'enforce') return undefined
  const waiter = `'${name}' may wait ${maximumWaitMs} ms`
  return leavesNoTime(outer, maximumWaitMs, waiter, 'make maximumWaitMs shorter')
}

function checkReserved(name: string, given: ReservedOptions, beside: BulkheadOptions): ReservedOptions {
  const reserved = checkOptions(`${name}.reserved`, given, reservedRules)
  required(name, 'reserved.ratio', reserved.ratio, 'the share of the limit that is kept')
  required(name, 'reserved.priority', reserved.priority, 'the lowest priority that may take it')
  required(name, 'priority', beside.priority, 'it tells who may take what is reserved')
  if (beside.shared !== undefined && beside.shared !== false && beside.shared.mode === 'strict') {
    fail(name, 'reserved has no effect with shared.mode strict; leave it out, or share by slices')
  }
  return reserved
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
