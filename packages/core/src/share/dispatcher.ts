import type { Alarm, Clock } from '../clock.ts'
import type { Exchange, Moment } from './exchange.ts'
import type { Request } from './protocol/request.ts'
import type { Answer, Store, StoreFailure } from './store.ts'

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

/** A sweep because of something odd comes so long after the last. */
const soonMs = 1_000

/** Woken so much too late, or with the calendar so far off the monotonic clock, the process has stood still. */
const lateMs = 1_500
const driftMs = 2_000

/**
 * Sends what is due, all in one round trip, and hands out the answers. While the server cannot be reached it tries less
 * and less often. Nobody ever waits for it.
 */
export class Dispatcher {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #store: Store
  readonly #listener: LinkListener
  readonly #sweepMs: number
  readonly #alarm: Alarm
  readonly #waiting = new Set<Exchange>()
  /** By whom something is under way: whether that was heard. */
  readonly #inFlight = new Map<Exchange, Promise<boolean>>()
  /** Those that nothing is known of yet. */
  readonly #strangers = new Set<Exchange>()
  #setFor = Infinity
  #drift: number
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
    this.#store = store
    this.#listener = listener
    this.#sweepMs = sweepMs
    this.#drift = clock.wallTime() - clock.now()
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
      if (!this.#inFlight.has(exchange)) next = Math.min(next, exchange.dueAt)
    this.#wakeAt(Math.max(next, this.#pausedUntil))
  }

  /** The monotonic clock goes on while a process is stopped, and stands still while a machine is suspended. */
  #lookForStall(now: number): void {
    const drift = this.#clock.wallTime() - now
    const stalled = now - this.#setFor > lateMs || Math.abs(drift - this.#drift) > driftMs
    this.#drift = drift
    if (stalled) this.#listener.stalled(now)
  }

  #sendDue(now: number): void {
    const asking: [Exchange, Request][] = []
    for (const exchange of this.#waiting) {
      if (exchange.dueAt === Infinity) this.#waiting.delete(exchange)
      if (exchange.dueAt - exchange.slackMs > now || this.#inFlight.has(exchange)) continue
      const request = exchange.request(now)
      if (request !== undefined) asking.push([exchange, request])
    }
    if (asking.length > 0) void this.ask(asking)
  }

  /**
   * Sends requests of exchanges, of none two at a time, and hands them the answers. Whether the server has been heard about
   * all of them.
   */
  async ask(wanted: readonly (readonly [Exchange, Request])[]): Promise<boolean> {
    const underWay = wanted.map(([exchange]) => this.#inFlight.get(exchange))
    const asking = wanted.filter((_, index) => underWay[index] === undefined)
    if (asking.length > 0) {
      const heard = this.#exchanged(asking)
      for (const [exchange] of asking) this.#inFlight.set(exchange, heard)
      underWay.push(heard)
    }
    return (await Promise.all(underWay)).every((heard) => heard !== false)
  }

  async #exchanged(asking: readonly (readonly [Exchange, Request])[]): Promise<boolean> {
    const sentAt = this.now
    const answers = await this.send(asking.map(([, request]) => request))
    const moment: Moment = { now: this.now, sentAt }
    let heard = true
    for (const [index, [exchange, request]] of asking.entries()) {
      if (!this.#inFlight.delete(exchange)) continue
      const answer = answers[index] ?? noAnswer
      heard &&= !isOfLink(answer)
      if (answer.type === 'failure') exchange.failed(request, answer, moment)
      else exchange.answered(request, answer, moment)
      if (exchange.dueAt < Infinity) this.wake(exchange)
    }
    return heard
  }

  /** Sends what belongs to no exchange. */
  async send(requests: readonly Request[]): Promise<readonly Answer[]> {
    const answers = await this.#answersTo(requests)
    this.#judge(answers)
    return answers
  }

  /** A store that breaks its word and throws is a store that does not answer. */
  async #answersTo(requests: readonly Request[]): Promise<readonly Answer[]> {
    try {
      return await this.#store.send(requests)
    } catch {
      return requests.map(() => ({ type: 'failure', reason: 'error', message: 'the store has thrown' }))
    }
  }

  /** One good answer shows that the link stands; what one object's own keys are wrong about does not count against it. */
  #judge(answers: readonly Answer[]): void {
    const failures = answers.filter((answer) => answer.type === 'failure')
    if (failures.length < answers.length) return this.#restored()
    const failure = failures.find(isOfLink)
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
    return Promise.all(this.#inFlight.values())
  }

  /** What comes from now on is heard no more. */
  end(): void {
    this.#inFlight.clear()
  }
}

/** Whether the server was not heard; what one object's own keys are wrong about is another matter. */
function isOfLink(answer: Answer): boolean {
  return answer.type === 'failure' && answer.reason !== 'wrong type' && answer.reason !== 'malformed'
}

const noAnswer: StoreFailure = {
  type: 'failure',
  reason: 'malformed',
  message: 'there were fewer answers than requests',
}
