import type { Admission, Admitted, Outcome, PendingAdmission } from '@holdfast/core'
import { attemptOf } from '../attempt.ts'
import { ClientGoneError } from './client-gone-error.ts'
import { criticalityOf, givenCriticalityOf } from './criticality.ts'
import type { Criticality } from './criticality.ts'
import { OpenScope } from './open-scopes.ts'
import type { OpenScopes } from './open-scopes.ts'
import type { RefusedError } from './refused-error.ts'
import { endOf, isOver, listenForEnd, unlistenForEnd } from './response-end.ts'
import type { ResponseLike } from './response-end.ts'
import { attachScope, runInScope } from '../scope.ts'
import type { Scope } from '../scope.ts'
import { StatusError } from '../status-error.ts'

/** How a request may go on. */
export type Entry = Entered | Refused | Passed

/** It has been admitted: what serves it is to be run in its scope. */
export interface Entered extends Scope {
  readonly entry: 'admitted'
  /** Runs `work` so that all it starts finds the scope by `currentScope()`. */
  run<Result>(work: () => Result): Result
}

/** It has not: for the framework's own error handling. */
export interface Refused {
  readonly entry: 'refused'
  /** A `RefusedError`, or what a guard or an option of the user's own threw. */
  readonly error: unknown
}

/** `exempt`: it was not asked about. `over`: nobody waits for the answer any more. */
export interface Passed {
  readonly entry: 'exempt' | 'over'
}

const over: Passed = { entry: 'over' }

/** What a request asks of the door that it goes through. */
export interface Doorkeeper<To> {
  readonly name: string
  readonly scopes: OpenScopes
  admitted(response: ResponseLike, key: string | undefined): void
  refusal(error: unknown): RefusedError | undefined
  answer(to: To, refusal: RefusedError): void
}

/** One request from when it asks to be admitted until its response is over. */
export class RequestScope<To> extends OpenScope implements Entered {
  readonly #door: Doorkeeper<To>
  readonly #request: object
  readonly #response: ResponseLike
  readonly #to: To
  #admission: Admitted | undefined
  #pending: PendingAdmission | undefined
  #over = false

  constructor(door: Doorkeeper<To>, request: object, response: ResponseLike, to: To) {
    super()
    this.#door = door
    this.#request = request
    this.#response = response
    this.#to = to
  }

  get entry(): 'admitted' {
    return 'admitted'
  }

  get name(): string {
    return this.#door.name
  }

  get deadline(): number {
    return this.#admitted.call.deadline
  }

  get signal(): AbortSignal {
    return this.#admitted.call.signal
  }

  get criticality(): Criticality {
    return criticalityOf(this.#admitted.call)
  }

  get givenCriticality(): Criticality | undefined {
    return givenCriticalityOf(this.#admitted.call)
  }

  get attempt(): number {
    return attemptOf(this.#admitted.call)
  }

  /** Nobody has the scope of a request before it was admitted. */
  get #admitted(): Admitted {
    return this.#admission as Admitted
  }

  run<Result>(work: () => Result): Result {
    return runInScope(this, work)
  }

  /** What is refused at once is never on the list, and need not hear how its response ends. */
  #open(): void {
    this.#door.scopes.add(this)
    if (isOver(this.#response)) this.#ended()
    else listenForEnd(this.#response, this.#ended)
  }

  waits(pending: PendingAdmission): Promise<Entry> {
    this.#pending = pending
    this.#open()
    return pending.then((admission) => this.#proceed(admission))
  }

  enter(admission: Admission): Entry {
    if (admission.admitted) this.#open()
    return this.#proceed(admission)
  }

  #proceed(admission: Admission): Entry {
    this.#pending = undefined
    if (!admission.admitted) return this.refuse(admission.error)
    const { call } = admission
    if (this.#over || call.cancelled) {
      admission.settle('cancelled')
      return this.refuse(call.reason)
    }
    this.#admission = admission
    attachScope(this.#request, this)
    this.#door.admitted(this.#response, call.key)
    call.onCancel(this.#cutShort)
    return this
  }

  /** A scope around this one may have answered. */
  refuse(error: unknown): Refused | Passed {
    this.#door.scopes.delete(this)
    if (this.#over || this.#response.writableEnded) return over
    return { entry: 'refused', error: this.#door.refusal(error) ?? error }
  }

  /** Whoever ends all requests ends this one. */
  override abort(reason: unknown): void {
    if (this.#admission === undefined) this.#pending?.cancel(reason)
    else this.#admission.cancel(reason)
  }

  /** The guards or whoever ends all requests: the answer is given here, for the handler has heard that it need not. */
  readonly #cutShort = (reason: unknown): void => {
    const refusal = this.#over ? undefined : this.#door.refusal(reason)
    if (refusal !== undefined) this.#door.answer(this.#to, refusal)
  }

  readonly #ended = (): void => {
    if (this.#over) return
    this.#over = true
    unlistenForEnd(this.#response, this.#ended)
    this.#door.scopes.delete(this)
    const { name } = this.#door
    if (this.#admission === undefined) return this.#pending?.cancel(new ClientGoneError(name))
    if (endOf(this.#response) === 'answered')
      return this.#admission.settle(outcomeOf(this.#response.statusCode))
    this.#admission.cancel(new ClientGoneError(name))
    this.#admission.settle('cancelled')
  }
}

function outcomeOf(status: number): Outcome {
  return status >= 500 ? { error: new StatusError(status) } : { value: status }
}
