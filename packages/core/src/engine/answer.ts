import { Timer } from '../deadline-wheel.ts'
import type { Outcome } from '../outcome.ts'

type Settler = (value: unknown) => void

let newResolve: Settler
let newReject: Settler
const takeSettlers = (resolve: Settler, reject: Settler): void => {
  newResolve = resolve
  newReject = reject
}

/** What the caller hears, once: at once as an outcome, or later through a promise that is made when it is needed. */
export abstract class Answer extends Timer {
  /** Whether the caller hears errors as outcomes, by a promise that never rejects. */
  protected asOutcome = false
  #early: Outcome | undefined
  #resolve: Settler | undefined
  #reject: Settler | undefined

  /** The outcome, if it is there already; it can be taken once. */
  protected takeEarly(): Outcome | undefined {
    const early = this.#early
    this.#early = undefined
    return early
  }

  /** Must be asked for before the answer comes. */
  protected promise(): Promise<unknown> {
    const promise = new Promise(takeSettlers)
    this.#resolve = newResolve
    this.#reject = newReject
    return promise
  }

  /** Has the answer told to functions instead of a promise. Must be called before it comes. */
  answerTo(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
    this.asOutcome = false
    this.#resolve = resolve
    this.#reject = reject
  }

  protected answer(outcome: Outcome): void {
    const resolve = this.#resolve
    if (resolve === undefined) {
      this.#early = outcome
      return
    }
    const reject = this.#reject as Settler
    this.#resolve = undefined
    this.#reject = undefined
    if (this.asOutcome) resolve(outcome)
    else if ('error' in outcome) reject(outcome.error)
    else resolve(outcome.value)
  }
}
