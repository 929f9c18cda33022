import type { Call } from '../call.ts'
import type { SharedPermits } from '../share/shared-permits.ts'
import type { Settings } from './options.ts'
import type { Permits } from './permits.ts'
import type { BulkheadFullError, BulkheadRefusal } from './refusal.ts'
import { StrictTicket, StrictWait } from './strict-wait.ts'
import type { StrictOwner } from './strict-wait.ts'

export interface Refuser {
  readonly settings: Settings
  /** Makes a refusal and reports it. */
  refusal(permits: Permits, reason: BulkheadRefusal, call: Call): BulkheadFullError
}

/** Admits calls by permits of the fleet that are asked for one by one, and decides what becomes of them without an answer. */
export class StrictAdmission implements StrictOwner {
  readonly #refuser: Refuser

  constructor(refuser: Refuser) {
    this.#refuser = refuser
  }

  /** Who cannot be answered because nobody can be asked is not kept waiting. */
  admit(
    permits: Permits,
    strict: SharedPermits,
    call: Call,
    now: number,
  ): StrictTicket | StrictWait | BulkheadFullError {
    if (strict.fleet.isDown) {
      if (!this.#goesOn(permits, strict)) return this.#refuser.refusal(permits, 'no-answer', call)
      permits.give(now)
      return new StrictTicket(permits, strict, undefined)
    }
    const wait = new StrictWait(permits, strict, call, this)
    const { deadlineMs = 20 } = this.#refuser.settings.shared || {}
    call.host.wheel.add(wait, now + deadlineMs, now)
    return wait
  }

  #goesOn({ running }: Permits, { fleet }: SharedPermits): boolean {
    const { limit, shared } = this.#refuser.settings
    const { onStoreError = 'local', degradedMinimum = 1 } = shared || {}
    if (onStoreError !== 'local') return onStoreError === 'open'
    const part = Math.max(degradedMinimum, Math.floor(limit / fleet.size))
    return degradedMinimum > 0 && running < Math.min(limit, part)
  }

  denied(wait: StrictWait, now: number): void {
    wait.refuse(this.#refuser.refusal(wait.permits, 'full', wait.call), now)
  }

  unheard(wait: StrictWait, now: number): void {
    if (this.#goesOn(wait.permits, wait.shared)) wait.admit(undefined, now)
    else wait.refuse(this.#refuser.refusal(wait.permits, 'no-answer', wait.call), now)
  }
}
