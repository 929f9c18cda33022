import { drawFrom } from '@holdfast/faults'
import type { Distribution } from '@holdfast/faults'
import type { ClientRecord } from './client-record.ts'
import { codeOf } from './error-code.ts'
import type { Ground } from './ground.ts'
import type { ClientInjection, Injection } from './injection.ts'
import type { KeyChoice } from './key-choice.ts'
import { means } from './places.ts'
import type { Place } from './places.ts'
import type { Rate } from './rate.ts'
import type { AttemptReport } from './report.ts'
import type { Requester } from './requester.ts'
import type { Client } from './scenario.ts'
import { ServiceError } from './service-error.ts'

export interface InstanceSurroundings {
  readonly ground: Ground
  readonly random: () => number
  readonly requester: Requester
  readonly record: ClientRecord
  readonly keys: KeyChoice | undefined
  readonly attempted: ((attempt: AttemptReport) => void) | undefined
}

/** One process of a client: its callers, its cache, and what is wrong with itself. */
export class Instance {
  readonly #place: Place<Client>
  readonly #around: InstanceSurroundings
  /** Until when each key's answer is kept. */
  readonly #cache = new Map<string, number>()
  /** What is the matter with it; of a kind the one that came last holds. */
  readonly #faults = new Set<ClientInjection>()
  #sickRatio = 0
  #calls = 0
  /** Of the calls that have not ended, when each began. */
  readonly #pending = new Set<{ readonly began: number }>()

  constructor(place: Place<Client>, around: InstanceSurroundings) {
    this.#place = place
    this.#around = around
  }

  /** How many of its calls have not ended. */
  get pending(): number {
    return this.#pending.size
  }

  get place(): Place<Client> {
    return this.#place
  }

  /** Waits no longer for what has not ended. */
  giveUp(): void {
    for (const { began } of this.#pending)
      this.#around.record.failed(began, new ServiceError('ERR_NO_ANSWER'))
    this.#pending.clear()
  }

  inject(injection: Injection, on: boolean): void {
    switch (injection.kind) {
      case 'sick':
      case 'hot-key':
      case 'cache-flush':
        if (means(injection.client, this.#place)) this.#suffer(injection, on)
        break
      default:
    }
  }

  /** Callers come by the rate, whatever happens, until a moment. */
  open(rate: Rate, isRegular: boolean, untilMs: number, firstAmount: number): void {
    const { ground, random } = this.#around
    const amount = (): number => (isRegular ? 1 : -Math.log(1 - random()))
    let due = rate.reach(0, isRegular ? firstAmount : amount())
    const alarm = ground.clock.alarm(() => {
      const now = ground.clock.now()
      while (due <= now) {
        void this.#call(due)
        due = rate.reach(due, amount())
      }
      if (due < untilMs) alarm.set(due)
    })
    if (due < untilMs) alarm.set(due)
  }

  /** Each caller waits for its answer, thinks, and calls again, until a moment. */
  close(callers: number, thinkMs: Distribution, untilMs: number): void {
    const { ground, random } = this.#around
    const draw = drawFrom(thinkMs, random)
    for (let each = 0; each < callers; each++) {
      const again = (): void => {
        const now = ground.clock.now()
        if (now < untilMs) void this.#call(now).then(() => alarm.set(ground.clock.now() + draw()))
      }
      const alarm = ground.clock.alarm(again)
      alarm.set(ground.clock.now() + draw())
    }
  }

  /** A call that was due to begin at a moment: what it takes counts from then, however late it is made. Never rejects. */
  async #call(began: number): Promise<void> {
    const { ground, record, keys } = this.#around
    const { clock } = ground
    const key = keys?.draw()
    record.began(began)
    if (key !== undefined && (this.#cache.get(key) ?? -Infinity) > began) return record.cached(began)
    const pending = { began }
    this.#pending.add(pending)
    try {
      await this.#request(key, began)
      if (key !== undefined && this.#place.kind.cache !== undefined) {
        this.#cache.set(key, clock.now() + this.#place.kind.cache.ttlMs)
      }
      if (this.#pending.delete(pending)) record.answered(began, clock.now() - began)
    } catch (error) {
      if (this.#pending.delete(pending)) record.failed(began, error)
    }
  }

  #suffer(injection: ClientInjection, on: boolean): void {
    if (injection.kind === 'cache-flush') return on ? this.#cache.clear() : undefined
    if (on) this.#faults.add(injection)
    else this.#faults.delete(injection)
    const { keys } = this.#around
    this.#sickRatio = 0
    if (injection.kind === 'hot-key') keys?.heat(injection.key, 1)
    for (const fault of this.#faults) {
      if (fault.kind === 'sick') this.#sickRatio = fault.ratio
      else if (fault.kind === 'hot-key') keys?.heat(fault.key, fault.times)
    }
  }

  async #request(key: string | undefined, began: number): Promise<unknown> {
    const { ground, requester } = this.#around
    const call = ++this.#calls
    let attempt = 0
    const sent = (replica: string): ((error?: unknown) => void) | undefined =>
      this.#sent(began, call, ++attempt, replica)
    const { patienceMs } = this.#place.kind
    if (patienceMs === undefined) return requester.request({ key, sent })
    const leaving = new AbortController()
    const alarm = ground.clock.alarm(() => leaving.abort(new ServiceError('ERR_GAVE_UP')))
    alarm.set(began + patienceMs)
    try {
      return await requester.request({ key, signal: leaving.signal, sent })
    } finally {
      alarm.clear()
    }
  }

  /** Notes an attempt; returns how to tell its end where somebody wants to know. A sick instance's own end before they are sent. */
  #sent(
    began: number,
    call: number,
    attempt: number,
    replica: string,
  ): ((error?: unknown) => void) | undefined {
    const { ground, record, attempted, random } = this.#around
    const atMs = ground.clock.now()
    if (this.#sickRatio > 0 && random() < this.#sickRatio) throw new ServiceError('ERR_SICK')
    record.attempted(began)
    if (attempted === undefined) return undefined
    return (error) => {
      const outcome = error === undefined ? 'ok' : codeOf(error)
      const tookMs = ground.clock.now() - atMs
      attempted({ atMs, instance: this.#place.name, call, attempt, replica, tookMs, outcome })
    }
  }
}
