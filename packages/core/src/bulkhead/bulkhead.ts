import type { Call } from '../call.ts'
import { leavesNoTime } from '../check-composition.ts'
import { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Part } from '../policy.ts'
import type { Ticket, Wait } from '../wait.ts'
import { settingsFrom } from './options.ts'
import type { BulkheadOptions, Settings } from './options.ts'
import { Permits, Waiting } from './permits.ts'
import type { Usher } from './permits.ts'

export type { BulkheadOptions, QueueOptions } from './options.ts'

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

/** `evicted`: it waited, and gave way to a call of higher priority. */
export type BulkheadRefusal = 'full' | 'waited-too-long' | 'evicted'

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
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export interface Bulkhead extends Guard {
  statistics(endpoint?: string): BulkheadStatistics
}

/**
 * Bounds how many calls run at a time. A permit comes back when the operation itself has ended, not when a timeout has
 * answered for it, and goes to those who wait before it goes to anybody new.
 */
export function bulkhead(options: BulkheadOptions = {}): Bulkhead {
  return new Semaphore(options)
}

const unused: BulkheadStatistics = { limit: 0, running: 0, abandoned: 0, waiting: 0, rejected: 0 }

class Semaphore implements Bulkhead, Usher {
  readonly kind = 'bulkhead'
  readonly name: string
  #settings: Settings
  #host: Host | undefined
  readonly #permits = new EndpointStates<Permits>()

  constructor(options: BulkheadOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  attach(host: Host): void {
    this.#host = firstHost(this.name, this.#host, host)
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    const { mode, limit } = this.#settings
    if (mode === 'off') return 0
    const permits = this.#permits.of(call.endpoint?.id) ?? this.#permits.add(call.endpoint?.id, new Permits())
    if (permits.running < limit && permits.waiting === 0) return permits.give()
    if (mode === 'enforce') return this.#enqueue(permits, call, now)
    this.#report(permits, 'full', call)
    return permits.give()
  }

  #enqueue(permits: Permits, call: Call, now: number): Waiting | BulkheadFullError {
    const { queue } = this.#settings
    if (queue.size === 0) return this.#refusal(permits, 'full', call)
    const priority = this.#priorityOf(call)
    let evicted: Waiting | undefined
    if (permits.waiting >= queue.size) {
      evicted = permits.queue.last(queue.order)
      if (evicted === undefined || evicted.priority >= priority) return this.#refusal(permits, 'full', call)
      evicted.leave()
    }
    const waiting = new Waiting(permits, call, priority, now + queue.maximumWaitMs, this)
    if (waiting.until < Infinity) call.host.wheel.add(waiting, waiting.until, now)
    evicted?.refuse(this.#refusal(permits, 'evicted', evicted.call), now)
    if (call.host.observed) {
      const { name: policy } = this
      call.emit({ type: 'bulkhead.queued', policy, waiting: permits.waiting } satisfies BulkheadEvent)
    }
    // Listeners and other people's calls ran in between, and may have given a permit back.
    this.#handOver(permits, now)
    return waiting
  }

  #priorityOf(call: Call): number {
    const { priority } = this.#settings
    if (priority === undefined) return 0
    const asked: unknown = ask(call.host, this.name, 'priority', () => priority(call), 0)
    return typeof asked === 'number' && !Number.isNaN(asked) ? asked : 0
  }

  #refusal(permits: Permits, reason: BulkheadRefusal, call: Call): BulkheadFullError {
    this.#report(permits, reason, call)
    const message = `${this.name}: all permits are taken (${reason})`
    return new BulkheadFullError(message, { policy: this.name, key: call.key })
  }

  #report(permits: Permits, reason: BulkheadRefusal, call: Call): void {
    permits.rejected++
    if (!call.host.observed) return
    const { name: policy } = this
    const shadow = this.#settings.mode === 'shadow'
    call.emit({ type: 'bulkhead.rejected', policy, reason, shadow } satisfies BulkheadEvent)
  }

  tooLate(waiting: Waiting, now: number): void {
    waiting.refuse(this.#refusal(waiting.permits, 'waited-too-long', waiting.call), now)
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
    if (permits.waiting === 0 || permits.handingOver) return
    permits.handingOver = true
    try {
      while (permits.running < this.#settings.limit || this.#settings.mode !== 'enforce') {
        const next = permits.next(this.#settings.queue.order)
        if (next === undefined) return
        if (next.until < now) this.tooLate(next, now)
        else if (!next.grant(permits.give(), now)) permits.running--
      }
    } finally {
      permits.handingOver = false
    }
  }

  statistics(endpoint?: string): BulkheadStatistics {
    const { limit } = this.#settings
    for (const [id, { running, abandoned, waiting, rejected }] of this.#permits.all()) {
      if (id === endpoint) return { limit, running, abandoned, waiting, rejected }
    }
    return { ...unused, limit }
  }

  /** If the limit grows, or binds no longer, those who wait are admitted at once; nobody loses a permit if it shrinks. */
  configure(options: BulkheadOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    const now = this.#host?.clock.now()
    if (now !== undefined) for (const [, permits] of this.#permits.all()) this.#handOver(permits, now)
  }

  draft(options: BulkheadOptions): Part {
    return bulkhead({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { limit, mode, options } = this.#settings
    return { limit, queue: typeof options.queue === 'object' ? { ...options.queue } : false, mode }
  }

  check(_inner: readonly Part[], outer: readonly Part[]): string | undefined {
    const { mode, queue } = this.#settings
    const { size, maximumWaitMs } = queue
    if (size === 0 || maximumWaitMs === Infinity || mode !== 'enforce') return undefined
    const waiter = `'${this.name}' may wait ${maximumWaitMs} ms`
    return leavesNoTime(outer, maximumWaitMs, waiter, 'make maximumWaitMs shorter')
  }

  idle(): boolean {
    for (const [, { running, waiting }] of this.#permits.all()) if (running > 0 || waiting > 0) return false
    return true
  }
}
