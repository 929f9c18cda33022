import { drawFrom } from '@holdfast/faults'
import type { Distribution } from '@holdfast/faults'
import type { ClientRecord } from './client-record.ts'
import { codeOf } from './error-code.ts'
import type { Ground } from '../ground.ts'
import type { ClientInjection, Injection } from '../injection.ts'
import type { KeyChoice } from './key-choice.ts'
import { means } from '../places.ts'
import type { Place } from '../places.ts'
import type { Rate } from './rate.ts'
import type { AttemptReport, CallReport } from '../report.ts'
import type { Requester } from '../services/requester.ts'
import type { Client } from '../scenario.ts'
import { ServiceError } from '../services/service-error.ts'

export interface InstanceSurroundings {
  readonly ground: Ground
  readonly random: () => number
  readonly requester: Requester
  readonly record: ClientRecord
  readonly keys: KeyChoice | undefined
  readonly attempted: ((attempt: AttemptReport) => void) | undefined
  readonly ended: ((call: CallReport) => void) | undefined
}

/** A call that has begun. */
interface Begun {
  /** When it was due. */
  readonly at: number
  readonly number: number
  readonly key: string | undefined
}

/** Who is refused in no time and does not think would call for ever at the same moment. */
const leastCycleMs = 1

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
  readonly #pending = new Set<Begun>()

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
    for (const call of this.#pending) this.#end(call, { error: new ServiceError('ERR_NO_ANSWER') })
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
      while (due <= now && due < untilMs) {
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
        if (now >= untilMs) return
        void this.#call(now).then(() => alarm.set(Math.max(ground.clock.now() + draw(), now + leastCycleMs)))
      }
      const alarm = ground.clock.alarm(again)
      alarm.set(ground.clock.now() + draw())
    }
  }

  /** A call that was due to begin at a moment: what it takes counts from then, however late it is made. Never rejects. */
  async #call(at: number): Promise<void> {
    const { record, keys } = this.#around
    const call: Begun = { at, number: ++this.#calls, key: keys?.draw() }
    record.began(at)
    if (call.key !== undefined && (this.#cache.get(call.key) ?? -Infinity) > at) {
      record.cached(at)
      return this.#tell(call, 0, 'ok')
    }
    this.#pending.add(call)
    try {
      await this.#request(call)
      this.#keep(call)
      this.#end(call)
    } catch (error) {
      this.#end(call, { error })
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

  #keep({ key }: Begun): void {
    const { cache } = this.#place.kind
    if (key !== undefined && cache !== undefined)
      this.#cache.set(key, this.#around.ground.clock.now() + cache.ttlMs)
  }

  /** Once; what comes later is heard by nobody. */
  #end(call: Begun, failure?: { readonly error: unknown }): void {
    if (!this.#pending.delete(call)) return
    const { ground, record } = this.#around
    const tookMs = ground.clock.now() - call.at
    if (failure === undefined) record.answered(call.at, tookMs)
    else record.failed(call.at, failure.error)
    this.#tell(call, tookMs, failure === undefined ? 'ok' : codeOf(failure.error))
  }

  #tell({ at: atMs, number: call, key }: Begun, tookMs: number, outcome: string): void {
    this.#around.ended?.({ atMs, instance: this.#place.name, call, key, tookMs, outcome })
  }

  async #request(call: Begun): Promise<unknown> {
    const { ground, requester } = this.#around
    const { key } = call
    let attempt = 0
    const sent = (replica: string): ((error?: unknown) => void) | undefined =>
      this.#sent(call, ++attempt, replica)
    const { patienceMs } = this.#place.kind
    if (patienceMs === undefined) return requester.request({ key, sent })
    const leaving = new AbortController()
    const alarm = ground.clock.alarm(() => leaving.abort(new ServiceError('ERR_GAVE_UP')))
    alarm.set(call.at + patienceMs)
    try {
      return await requester.request({ key, signal: leaving.signal, sent })
    } finally {
      alarm.clear()
    }
  }

  /** Notes an attempt; returns how to tell its end where somebody wants to know. A sick instance's own end before they are sent. */
  #sent(
    { at: began, number: call }: Begun,
    attempt: number,
    replica: string,
  ): ((error?: unknown) => void) | undefined {
    const { ground, record, attempted, random } = this.#around
    const atMs = ground.clock.now()
    if (this.#sickRatio > 0 && random() < this.#sickRatio) throw new ServiceError('ERR_SICK')
    record.attempted(began)
    if (attempted === undefined) return undefined
    const instance = this.#place.name
    return (error) => {
      const tookMs = ground.clock.now() - atMs
      const outcome = error === undefined ? 'ok' : codeOf(error)
      attempted({ atMs, instance, call, attempt, replica, tookMs, outcome })
    }
  }
}
