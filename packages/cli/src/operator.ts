import type { Answer, Clock, Store, StoreFailure, StoreListener } from '@holdfast/core'
import type { Reply, ReplyTo, Request } from '@holdfast/core/protocol'
import { CommandError, exitCodes } from './exit.ts'

/** The server could not be reached, or refused. */
export class ServerError extends CommandError {
  override readonly name = 'ServerError'
  readonly failure: StoreFailure

  constructor(failure: StoreFailure) {
    super(exitCodes.failed, saidOf(failure))
    this.failure = failure
  }
}

function saidOf({ reason, message }: StoreFailure): string {
  if (reason === 'timeout') return `no answer: ${message}; what was asked may be carried out yet`
  return refusals.has(reason) ? `refused: ${reason} (${message})` : `${reason}: ${message}`
}

/** What the server itself says no with. */
const refusals = new Set<StoreFailure['reason']>([
  'out of memory',
  'read-only',
  'wrong type',
  'no permission',
  'error',
])

/** Failures that another attempt may not have. */
const passing = new Set<StoreFailure['reason']>(['unreachable', 'timeout'])

/** So many attempts to connect may fail before it is given up. */
const attempts = 2

/** Somebody's connection to the place where a fleet shares its state. Everything that it does ends in time. */
export class Operator implements StoreListener, AsyncDisposable {
  /** Hears that something has changed. */
  onPush: (() => void) | undefined
  readonly #store: Store
  #heard: ((failure: StoreFailure | undefined) => void) | undefined

  private constructor(store: Store) {
    this.#store = store
  }

  /** Rejects with a {@link ServerError} where no connection stands within `timeoutMs`. */
  static async connect(store: Store, clock: Clock, timeoutMs: number): Promise<Operator> {
    const operator = new Operator(store)
    const failure = await operator.#open(clock, timeoutMs)
    if (failure === undefined) return operator
    await store.close()
    throw new ServerError(failure)
  }

  #open(clock: Clock, timeoutMs: number): Promise<StoreFailure | undefined> {
    return new Promise((resolve) => {
      const message = `no connection stood within ${timeoutMs} ms`
      let last: StoreFailure = { type: 'failure', reason: 'unreachable', message }
      let failed = 0
      // Keeps the process alive between two attempts.
      const deadline = clock.alarm(() => end(last))
      const end = (failure: StoreFailure | undefined): void => {
        deadline.clear()
        this.#heard = undefined
        resolve(failure)
      }
      this.#heard = (failure) => {
        last = failure ?? last
        if (failure === undefined || !passing.has(failure.reason) || ++failed === attempts) end(failure)
      }
      deadline.set(clock.now() + timeoutMs)
      this.#store.open(this)
    })
  }

  connected(): void {
    this.#heard?.(undefined)
  }

  disconnected(failure: StoreFailure): void {
    this.#heard?.(failure)
  }

  pushed(): void {
    this.onPush?.()
  }

  /** Rejects with a {@link ServerError} where there is no reply. */
  async ask<Asked extends Request>(request: Asked): Promise<ReplyTo<Asked>> {
    const [answer = nothing] = await this.askAll([request])
    if (isFailure(answer)) throw new ServerError(answer)
    return answer
  }

  /** In one round trip. What concerns one request alone is its answer; anything else rejects with a {@link ServerError}. */
  async askAll<Asked extends Request>(
    requests: readonly Asked[],
  ): Promise<readonly (ReplyTo<Asked> | StoreFailure)[]> {
    const answers = await this.#store.send(requests)
    const failure = answers.find((answer) => answer.type === 'failure' && !ofOneKey.has(answer.reason))
    if (failure?.type === 'failure') throw new ServerError(failure)
    return requests.map(({ type }, index) => fitting<Asked>(type, answers[index]))
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.#store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function isFailure(answer: Answer): answer is StoreFailure {
  return answer.type === 'failure'
}

/** Failures that come of what one key holds. */
const ofOneKey = new Set<StoreFailure['reason']>(['wrong type', 'malformed', 'error'])

const nothing: StoreFailure = {
  type: 'failure',
  reason: 'malformed',
  message: 'the reply is to another request',
}

function fitting<Asked extends Request>(
  type: Asked['type'],
  answer: Answer | undefined,
): ReplyTo<Asked> | StoreFailure {
  if (answer?.type === 'failure') return answer
  // A reply has the type of its request.
  return answer?.type === type ? (answer as Reply as ReplyTo<Asked>) : nothing
}
