import type { Call } from '../call.ts'
import type { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Ending } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Ticket, Wait } from '../wait.ts'
import { adaptationTo } from './adaptation.ts'
import { described, misfit, settingsFrom } from './options.ts'
import type { BulkheadOptions, Settings } from './options.ts'
import { MeasuredTicket, Permits, Waiting } from './permits.ts'
import type { Usher } from './permits.ts'
import { BulkheadFullError } from './refusal.ts'
import type { BulkheadEvent, BulkheadRefusal } from './refusal.ts'
import { shareWithFleet } from './shared-bulkhead.ts'
import type { PermitsOwner } from './shared-bulkhead.ts'
import { statisticsOf } from './statistics.ts'
import type { BulkheadStatistics } from './statistics.ts'
import { StrictAdmission } from './strict-admission.ts'
import type { Refuser } from './strict-admission.ts'
import { StrictTicket } from './strict-wait.ts'
import { permitsOf } from './ticket.ts'

export type { AdaptiveLimitOptions } from './limit-options.ts'
export type { BulkheadOptions, QueueOptions, SharedBulkheadOptions } from './options.ts'
export { BulkheadFullError } from './refusal.ts'
export type { BulkheadEvent, BulkheadRefusal } from './refusal.ts'
export type { ReservedOptions } from './reserve.ts'
export type { BulkheadStatistics } from './statistics.ts'

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

class Semaphore implements Bulkhead, Usher, PermitsOwner, Refuser {
  readonly kind = 'bulkhead'
  readonly name: string
  inner: readonly Part[] = []
  outer: readonly Part[] = []
  #settings: Settings
  #host: Host | undefined
  readonly #permits = new EndpointStates<Permits>()
  readonly #strict: StrictAdmission = new StrictAdmission(this)

  constructor(options: BulkheadOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  get settings(): Settings {
    return this.#settings
  }

  attach(host: Host, inner: readonly Part[] = [], outer: readonly Part[] = []): void {
    const first = this.#host === undefined
    this.#host = firstHost(this.name, this.#host, host)
    if (!first) return
    this.inner = inner
    this.outer = outer
    // Its slice is there before the first call is.
    if (host.sharing !== undefined) this.#newPermits(undefined)
  }

  detach(): void {
    for (const [, permits] of this.#permits.all()) permits.leaveFleet()
  }

  #newPermits(endpoint: string | undefined): Permits {
    const permits = this.#permits.add(endpoint, new Permits(this.#settings.limit))
    if (this.#host !== undefined) this.#tune(permits, endpoint, this.#host)
    return permits
  }

  #tune(permits: Permits, endpoint: string | undefined, host: Host): void {
    const { adaptive, limit } = this.#settings
    permits.adaptation = adaptationTo(adaptive, permits.adaptation, this.name, endpoint, host)
    permits.limit = permits.adaptation?.limit ?? limit
    shareWithFleet(permits, endpoint, this, host)
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    const { mode, queue, reserved } = this.#settings
    if (mode === 'off') return 0
    const permits = this.#permits.of(call.endpoint?.id) ?? this.#newPermits(call.endpoint?.id)
    if (permits.strict !== undefined && mode === 'enforce') {
      return this.#strict.admit(permits, permits.strict, call, now)
    }
    if (reserved === undefined) {
      if (permits.waiting === 0 && permits.hasRoom(now)) return permits.give(now)
    } else if (permits.isOpenTo(this.#priorityOf(call), reserved, queue.order, now)) {
      return permits.give(now)
    }
    if (mode === 'enforce') return this.#enqueue(permits, call, now)
    permits.slices?.missed(now)
    this.#report(permits, 'full', call)
    return permits.give(now)
  }

  #enqueue(permits: Permits, call: Call, now: number): Waiting | BulkheadFullError {
    const { queue } = this.#settings
    if (queue.size === 0) return this.#full(permits, call, now)
    const priority = this.#priorityOf(call)
    let evicted: Waiting | undefined
    if (permits.waiting >= queue.size) {
      evicted = permits.queue.last(queue.order)
      if (evicted === undefined || evicted.priority >= priority) return this.#full(permits, call, now)
      evicted.leave()
    }
    const waiting = new Waiting(permits, call, priority, now + queue.maximumWaitMs, this)
    if (waiting.until < Infinity) call.host.wheel.add(waiting, waiting.until, now)
    evicted?.refuse(this.refusal(permits, 'evicted', evicted.call), now)
    if (call.host.observed) {
      const { name: policy } = this
      call.emit({ type: 'bulkhead.queued', policy, waiting: permits.waiting } satisfies BulkheadEvent)
    }
    permits.slices?.waits(now)
    // Listeners and other people's calls ran in between, and may have given a permit back.
    this.handOver(permits, now)
    return waiting
  }

  #full(permits: Permits, call: Call, now: number): BulkheadFullError {
    permits.slices?.missed(now)
    return this.refusal(permits, 'full', call)
  }

  #priorityOf(call: Call): number {
    const { priority } = this.#settings
    if (priority === undefined) return 0
    const asked: unknown = ask(call.host, this.name, 'priority', () => priority(call), 0)
    return typeof asked === 'number' && !Number.isNaN(asked) ? asked : 0
  }

  refusal(permits: Permits, reason: BulkheadRefusal, call: Call): BulkheadFullError {
    this.#report(permits, reason, call)
    const why = reason === 'no-answer' ? 'the store does not answer' : `all permits are taken (${reason})`
    const message = `${this.name}: ${why}`
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
    waiting.refuse(this.refusal(waiting.permits, 'waited-too-long', waiting.call), now)
  }

  settle(ticket: Ticket, ending: Ending, now: number): void {
    const permits = permitsOf(ticket)
    if (permits === undefined) return
    permits.abandoned++
    if (permits === ticket || !(ticket instanceof MeasuredTicket)) return
    ticket.ended(ending, now)
    this.handOver(permits, now)
  }

  release(ticket: Ticket, now: number): void {
    const permits = permitsOf(ticket)
    if (permits === undefined) return
    permits.abandoned--
    permits.takeBack(now)
    if (permits !== ticket && ticket instanceof StrictTicket) ticket.release()
    this.handOver(permits, now)
  }

  /** Gives free permits to those who wait. What is granted may end at once and free the next, so this does not nest. */
  handOver(permits: Permits, now: number): void {
    if (permits.waiting === 0 || permits.handingOver) return
    permits.handingOver = true
    try {
      for (;;) {
        const { mode, queue, reserved } = this.#settings
        const next = permits.next(queue.order)
        if (next === undefined) return
        if (mode === 'enforce' && !permits.hasRoomFor(next.priority, reserved, now)) return
        next.leave()
        if (next.until < now) this.tooLate(next, now)
        else if (!next.grant(permits.give(now), now)) permits.takeBack(now)
      }
    } finally {
      permits.handingOver = false
    }
  }

  statistics(endpoint?: string): BulkheadStatistics {
    return statisticsOf(this.#permits.of(endpoint) ?? new Permits(this.#settings.limit))
  }

  /** If the limit grows, or binds no longer, those who wait are admitted at once; nobody loses a permit if it shrinks. */
  configure(options: BulkheadOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    const host = this.#host
    if (host === undefined) return
    for (const [endpoint, permits] of this.#permits.all()) {
      this.#tune(permits, endpoint, host)
      this.handOver(permits, host.clock.now())
    }
  }

  draft(options: BulkheadOptions): Part {
    return bulkhead({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    return described(this.#settings)
  }

  check(_inner: readonly Part[], outer: readonly Part[]): string | undefined {
    return misfit(this.name, this.#settings, outer)
  }

  idle(): boolean {
    for (const [, { running, waiting }] of this.#permits.all()) if (running > 0 || waiting > 0) return false
    return true
  }
}
