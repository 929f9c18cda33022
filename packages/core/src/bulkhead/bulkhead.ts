import type { Call } from '../call.ts'
import {
  callable,
  checkOptions,
  durationMs,
  guardRules,
  HoldfastConfigError,
  integer,
  oneOf,
} from '../check.ts'
import type { Rule } from '../check.ts'
import { Rejection } from '../error.ts'
import { EndpointStates } from '../guard.ts'
import type { Guard, GuardOptions, Mode } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Part } from '../policy.ts'
import { Wait } from '../wait.ts'
import type { Ticket } from '../wait.ts'
import { PriorityQueue } from './queue.ts'

export interface QueueOptions {
  /** How many calls may wait. */
  readonly size: number
  /** Who is next of those that wait: the oldest, or the newest, whose caller is the likeliest to wait still. Default `fifo`. */
  readonly order?: 'fifo' | 'lifo'
  /** For how long one may wait, in milliseconds. Default: as long as the call itself may take. */
  readonly maximumWaitMs?: number
}

export interface BulkheadOptions extends GuardOptions {
  /** How many calls may run at a time. Default 100. */
  readonly limit?: number
  /** Default: nobody waits. */
  readonly queue?: QueueOptions | false
  /** Who goes first of those that wait: the higher number. A full queue gives up its lowest for a higher one. */
  readonly priority?: (call: Call) => number
}

export type BulkheadEvent =
  | {
      readonly type: 'bulkhead.rejected'
      readonly policy: string
      readonly reason: BulkheadRefusal
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | { readonly type: 'bulkhead.queued'; readonly policy: string; readonly waiting: number }

export type BulkheadRefusal = 'full' | 'waited too long' | 'gave way to a higher priority'

/** All permits are taken, and the queue, if there is one, is full or took too long. */
export class BulkheadFullError extends Rejection {
  readonly code = 'ERR_BULKHEAD_FULL'
}

export interface BulkheadStatistics {
  readonly limit: number
  /** Permits taken: never above the limit, unless the limit was lowered or is only shadowed. */
  readonly running: number
  /** Those of them whose caller has been answered already, by a deadline or a cancellation. */
  readonly abandoned: number
  readonly waiting: number
  readonly refused: number
}

export interface Bulkhead extends Guard {
  statistics(endpoint?: string): BulkheadStatistics
}

const queueRules: Readonly<Record<string, Rule>> = {
  size: integer(0),
  order: oneOf('fifo', 'lifo'),
  maximumWaitMs: durationMs(),
}

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: integer(0),
  queue: (value) =>
    value === false || (typeof value === 'object' && value !== null) ? undefined : 'queue options or false',
  priority: callable,
}

/** Bounds how many calls run at a time. A permit comes back when the operation itself has ended, not when a timeout has answered for it. */
export function bulkhead(options: BulkheadOptions = {}): Bulkhead {
  return new Semaphore(options)
}

/** The permits of one endpoint. Its own ticket. */
class Permits {
  running = 0
  abandoned = 0
  refused = 0
  handingOver = false
  readonly queue: PriorityQueue<Waiting> = new PriorityQueue()
}

class Waiting extends Wait {
  readonly permits: Permits
  readonly priority: number
  readonly #tooLong: (waiting: Waiting, now: number) => void

  constructor(permits: Permits, priority: number, tooLong: (waiting: Waiting, now: number) => void) {
    super()
    this.permits = permits
    this.priority = priority
    this.#tooLong = tooLong
  }

  override fire(now: number): void {
    this.#tooLong(this, now)
  }

  protected override left(): void {
    this.permits.queue.remove(this)
  }
}

class Semaphore implements Bulkhead {
  readonly kind = 'bulkhead'
  readonly name: string
  #options: BulkheadOptions
  #limit: number
  #queue: QueueOptions | undefined
  #mode: Mode
  #host: Host | undefined
  readonly #permits: EndpointStates<Permits> = new EndpointStates(() => new Permits())

  constructor(options: BulkheadOptions) {
    checkBulkhead(this.kind, options)
    this.name = options.name ?? this.kind
    this.#options = options
    this.#limit = 0
    this.#mode = 'enforce'
    this.#take(options)
  }

  #take(options: BulkheadOptions): void {
    this.#options = { ...options }
    this.#limit = options.limit ?? 100
    this.#queue = options.queue === false || options.queue === undefined ? undefined : { ...options.queue }
    this.#mode = options.mode ?? 'enforce'
  }

  attach(host: Host): void {
    this.#host ??= host
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    if (this.#mode === 'off') return 0
    const permits = this.#permits.of(call.endpoint?.id)
    if (permits.running < this.#limit && permits.queue.size === 0) return this.#give(permits)
    if (this.#mode === 'shadow') {
      this.#refusal(permits, 'full', call)
      return this.#give(permits)
    }
    return this.#enqueue(permits, call, now) ?? this.#refusal(permits, 'full', call)
  }

  #give(permits: Permits): Permits {
    permits.running++
    return permits
  }

  #enqueue(permits: Permits, call: Call, now: number): Waiting | undefined {
    const queue = this.#queue
    if (queue === undefined || queue.size === 0) return undefined
    const priority = this.#priorityOf(call)
    if (permits.queue.size >= queue.size) {
      const lowest = permits.queue.lowest()
      if (lowest === undefined || lowest.priority >= priority) return undefined
      permits.queue.remove(lowest)
      lowest.refuse(this.#refusal(permits, 'gave way to a higher priority', call), now)
    }
    const tooLong = (late: Waiting, then: number): void => {
      permits.queue.remove(late)
      late.refuse(this.#refusal(permits, 'waited too long', call), then)
    }
    const waiting = new Waiting(permits, priority, tooLong)
    permits.queue.add(waiting)
    const { maximumWaitMs = Infinity } = queue
    if (maximumWaitMs < Infinity) call.host.wheel.add(waiting, now + maximumWaitMs, now)
    if (call.host.observed) {
      const { size } = permits.queue
      call.emit({ type: 'bulkhead.queued', policy: this.name, waiting: size } satisfies BulkheadEvent)
    }
    return waiting
  }

  #priorityOf(call: Call): number {
    const { priority } = this.#options
    if (priority === undefined) return 0
    const asked = ask(call.host, this.name, 'priority', () => priority(call), 0)
    return Number.isFinite(asked) ? asked : 0
  }

  #refusal(permits: Permits, reason: BulkheadRefusal, call: Call): BulkheadFullError {
    permits.refused++
    const shadow = this.#mode === 'shadow'
    if (call.host.observed) {
      call.emit({ type: 'bulkhead.rejected', policy: this.name, reason, shadow } satisfies BulkheadEvent)
    }
    return new BulkheadFullError(`${this.name}: all permits are taken (${reason})`, {
      policy: this.name,
      key: call.key,
    })
  }

  settle(ticket: Ticket): void {
    if (ticket instanceof Permits) ticket.abandoned++
  }

  release(ticket: Ticket, now: number): void {
    if (!(ticket instanceof Permits)) return
    ticket.abandoned--
    ticket.running--
    this.#handOver(ticket, now)
  }

  /** Gives free permits to those who wait. What is granted may end at once and free the next, so this does not nest. */
  #handOver(permits: Permits, now: number): void {
    if (permits.handingOver) return
    permits.handingOver = true
    const order = this.#queue?.order ?? 'fifo'
    try {
      while (permits.running < this.#limit) {
        const next = permits.queue.take(order)
        if (next === undefined) return
        this.#give(permits)
        if (!next.grant(permits, now)) permits.running--
      }
    } finally {
      permits.handingOver = false
    }
  }

  statistics(endpoint?: string): BulkheadStatistics {
    const { running, abandoned, queue, refused } = this.#permits.of(endpoint)
    return { limit: this.#limit, running, abandoned, waiting: queue.size, refused }
  }

  /** Those who wait are admitted at once if the limit grows; nobody loses a permit if it shrinks. */
  configure(options: BulkheadOptions): void {
    const merged = { ...this.#options, ...options }
    checkBulkhead(this.name, merged)
    this.#take(merged)
    const now = this.#host?.clock.now()
    if (now !== undefined) for (const [, permits] of this.#permits.all()) this.#handOver(permits, now)
  }

  describe(): Readonly<Record<string, unknown>> {
    return { limit: this.#limit, queue: this.#queue ?? false, mode: this.#mode }
  }

  check(_inner: readonly Part[], outer: readonly Part[]): string | undefined {
    const total = outer.find((part) => part.kind === 'timeout')?.describe?.()['durationMs']
    const waitMs = this.#queue?.maximumWaitMs
    if (typeof total !== 'number' || waitMs === undefined || waitMs < total) return undefined
    return `'${this.name}' may wait ${waitMs} ms, all of the ${total} ms that a timeout around it allows; make maximumWaitMs shorter`
  }

  idle(): boolean {
    for (const [, { running, queue }] of this.#permits.all()) if (running > 0 || queue.size > 0) return false
    return true
  }
}

function checkBulkhead(name: string, options: BulkheadOptions): void {
  checkOptions(name, options, rules)
  if (typeof options.queue !== 'object') return
  checkOptions(`${name}.queue`, options.queue, queueRules)
  if (options.queue.size === undefined) {
    throw new HoldfastConfigError(`${name}: queue.size must be given: how many calls may wait`)
  }
}
