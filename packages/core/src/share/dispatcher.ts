import type { Alarm, Clock } from '../clock.ts'
import { Courier, isOfLink } from './courier.ts'
import type { CourierListener } from './courier.ts'
import type { Exchange } from './exchange.ts'
import type { Request } from './protocol/request.ts'
import { Standstill } from './standstill.ts'
import type { Answer, Store, StoreFailure, StoreFailureReason } from './store.ts'

/** Hears whether the server can be reached. */
export interface LinkListener {
  down(failure: StoreFailure): void
  up(): void
  /** Every so often: time to say that one is alive and to look after what nobody has heard of. */
  swept(now: number): void
  /** The process has stood still, or the machine was suspended. */
  stalled(now: number): void
}

/** So many failures in a row mean that the link is down. */
const failuresToLose = 3

/** While it is down, tries are this far apart at most, and at first. */
const shortestPauseMs = 200
const longestPauseMs = 5_000

/** What changes nothing. */
const reading: ReadonlySet<Request['type']> = new Set(['look', 'health-look'])

/** One of several servers may be silent. */
const silences: ReadonlySet<StoreFailureReason> = new Set(['unreachable', 'timeout'])

/** A sweep because of something odd comes so long after the last. */
const soonMs = 1_000

/**
 * Sends what is due, all in one round trip, and hands out the answers. While the server cannot be reached it tries less
 * and less often. Nobody ever waits for it.
 */
export class Dispatcher implements CourierListener {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #courier: Courier
  readonly #listener: LinkListener
  readonly #sweepMs: number
  readonly #alarm: Alarm
  readonly #standstill: Standstill
  readonly #waiting = new Set<Exchange>()
  /** Those that nothing is known of yet. */
  readonly #strangers = new Set<Exchange>()
  #setFor = Infinity
  #sweepAt = Infinity
  #sweptAt = -Infinity
  #sweeps = 0
  #pausedUntil = -Infinity
  #failures = 0
  #connected = false
  #down = false
  #stopped = false

  constructor(clock: Clock, random: () => number, store: Store, listener: LinkListener, sweepMs: number) {
    this.#clock = clock
    this.#random = random
    this.#courier = new Courier(clock, store, this)
    this.#listener = listener
    this.#sweepMs = sweepMs
    this.#standstill = new Standstill(clock)
    this.#alarm = clock.alarm(() => this.#tick(), true)
  }

  get now(): number {
    return this.#clock.now()
  }

  get isDown(): boolean {
    return this.#down
  }

  /** Has it sent when it is due, or sooner than was said before. */
  wake(exchange: Exchange): void {
    if (this.#stopped) return
    this.#waiting.add(exchange)
    this.#wakeAt(Math.max(exchange.dueAt, this.#pausedUntil))
  }

  served(exchange: Exchange): void {
    if (this.#strangers.has(exchange)) this.inquire(exchange)
    if (exchange.dueAt < Infinity) this.wake(exchange)
  }

  forget(exchange: Exchange): void {
    this.#waiting.delete(exchange)
    this.#strangers.delete(exchange)
  }

  /** Sweeps now, and from now on every so often. */
  sweep(): void {
    this.#sweepAt = -Infinity
    this.#wakeAt(this.#pausedUntil)
  }

  /** Something was missed: sweeps soon, but whoever sends nonsense cannot make it sweep all the time. */
  sweepSoon(): void {
    this.#sweepAt = Math.min(this.#sweepAt, this.#sweptAt + soonMs)
    this.#wakeAt(Math.max(this.#sweepAt, this.#pausedUntil))
  }

  /** Finds out about one that is new. */
  inquire(exchange: Exchange): void {
    if (this.#stopped) return
    this.#strangers.add(exchange)
    this.#wakeAt(this.#pausedUntil)
  }

  #inquireNow(): void {
    if (this.#strangers.size === 0) return
    const strangers = [...this.#strangers]
    this.#strangers.clear()
    const asking: [Exchange, Request][] = []
    for (const exchange of strangers) {
      const inquiry = exchange.inquiry()
      if (inquiry !== undefined) asking.push([exchange, inquiry])
    }
    void this.ask(asking)
  }

  #wakeAt(at: number): void {
    // What is overdue already does not show that the process has stood still.
    const due = Math.max(at, this.now)
    if (this.#stopped || due >= this.#setFor) return
    this.#setFor = due
    this.#alarm.set(due)
  }

  #tick(): void {
    const { now } = this
    this.#lookForStall(now)
    this.#setFor = Infinity
    if (now >= this.#pausedUntil && this.#connected) {
      if (now >= this.#sweepAt) {
        // Who has just come soon looks again, for the others may have come at the same time.
        const everyMs = this.#sweeps++ === 0 ? this.#sweepMs / 5 : this.#sweepMs
        this.#sweepAt = now + everyMs * (0.8 + 0.4 * this.#random())
        this.#sweptAt = now
        this.#listener.swept(now)
      }
      this.#inquireNow()
      this.#sendDue(now)
    }
    if (!this.#connected) return
    let next = this.#sweepAt
    for (const exchange of this.#waiting)
      if (!this.#courier.serves(exchange)) next = Math.min(next, exchange.dueAt)
    this.#wakeAt(Math.max(next, this.#pausedUntil))
  }

  watch(now: number, ageMs: number): void {
    if (this.#standstill.age(now) >= ageMs) this.#lookForStall(now)
  }

  #lookForStall(now: number): void {
    if (!this.#standstill.look(now, this.#setFor)) return
    // The alarm is on its way, and has nothing more to tell.
    this.#setFor = Math.max(this.#setFor, now)
    this.#listener.stalled(now)
  }

  #sendDue(now: number): void {
    const asking: [Exchange, Request][] = []
    for (const exchange of this.#waiting) {
      if (exchange.dueAt === Infinity) this.#waiting.delete(exchange)
      if (exchange.dueAt - exchange.slackMs > now || this.#courier.serves(exchange)) continue
      const request = exchange.request(now)
      if (request !== undefined) asking.push([exchange, request])
    }
    if (asking.length > 0) void this.ask(asking)
  }

  /**
   * Sends requests of exchanges. Whether the server has been heard about all of them. Those of which something is under way
   * are to be asked again: its answer may say less, and be older.
   */
  ask(wanted: readonly (readonly [Exchange, Request])[]): Promise<boolean> {
    for (const [exchange] of wanted) if (this.#courier.serves(exchange)) this.#strangers.add(exchange)
    return this.#courier.ask(wanted)
  }

  /** Sends what belongs to no exchange. */
  send(requests: readonly Request[]): Promise<readonly Answer[]> {
    return this.#courier.send(requests)
  }

  /**
   * One good answer shows that the link stands. Where it was only read, that makes up for the silence of others, but not for
   * refusals: a server may be read that takes nothing. What one object's own keys are wrong about does not count against it.
   */
  judge(requests: readonly Request[], answers: readonly Answer[]): void {
    const isGood = ({ type }: Request, index: number): boolean =>
      !reading.has(type) && answers[index] !== undefined && answers[index].type !== 'failure'
    if (requests.some(isGood)) return this.#restored()
    const isRead = answers.some(({ type }) => type !== 'failure')
    const failure = answers.filter(isOfLink).find(({ reason }) => !isRead || !silences.has(reason))
    if (failure === undefined) return
    this.#failures++
    if (this.#failures >= failuresToLose || failure.reason === 'unreachable') this.#lost(failure)
    if (!this.#down) return
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#failures, 10))
    this.#pausedUntil = this.now + shortestPauseMs + this.#random() * (pauseMs - shortestPauseMs)
  }

  /** There is a connection. */
  connected(): void {
    this.#connected = true
    this.#restored()
    this.sweep()
  }

  /** There is none, and nothing is sent until there is one. */
  disconnected(failure: StoreFailure): void {
    this.#connected = false
    this.#lost(failure)
  }

  #lost(failure: StoreFailure): void {
    if (this.#down || this.#stopped) return
    this.#down = true
    this.#listener.down(failure)
  }

  #restored(): void {
    // An answer that was on its way does not bring a connection back.
    if (!this.#connected) return
    this.#failures = 0
    this.#pausedUntil = -Infinity
    if (!this.#down || this.#stopped) return
    this.#down = false
    this.#listener.up()
  }

  /** Sends nothing more of exchanges. Resolves when all that is under way has been answered. */
  stop(): Promise<unknown> {
    this.#stopped = true
    this.#waiting.clear()
    this.#strangers.clear()
    this.#alarm.clear()
    return this.#courier.settled()
  }

  /** What comes from now on is heard no more. */
  end(): void {
    this.#courier.end()
  }
}
