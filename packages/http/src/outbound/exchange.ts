import { isError, Rejection, TimeoutError } from '@holdfast/core'
import type { Call, Endpoint, Outcome } from '@holdfast/core'
import { FailedAnswer } from './failed-answer.ts'
import { failureOf } from './failure.ts'
import type { Answer } from './request.ts'
import { readRetryAfterMs } from './retry-after.ts'
import { noteServed } from './served-by.ts'
import { statusMeaning } from './status.ts'

/** A part that knows nothing of HTTP ran the inside once more. The caller hears what came before instead. */
class NotRepeatableError extends Rejection {
  readonly code = 'ERR_NOT_REPEATABLE'
}

export interface Repeatability {
  /** Whether the request may be done twice. */
  readonly idempotent: boolean
  /** Whether its body can be sent again. */
  readonly replayable: boolean
  /** Whether somebody else retries it already. */
  readonly retriedElsewhere: boolean
  /** Whether it is sent for a request that is itself a retry: what that repeats, nobody repeats once more. */
  readonly servesRetry: boolean
  /** Whether attempts may run beside each other, so that it takes a part to say where a round of them begins. */
  readonly hedged: boolean
}

/** Of a 429 that does not say when to come back: what AWS's clients take. */
const throttledMs = 1_000

/**
 * One request with all its attempts: what has been sent, what came back, and whether it may be sent again. Every answer
 * that the caller does not get is discarded.
 */
export class Exchange {
  readonly #may: Repeatability
  /** What came back in this round, with who answered. */
  readonly #answers = new Map<Answer<unknown>, Endpoint | undefined>()
  #roundBegins = false
  #sent = 0
  /** Attempts after which the request may have been done. */
  #perhapsDone = 0
  #lastFailure: { readonly error: unknown } | undefined
  #over = false

  constructor(may: Repeatability) {
    this.#may = may
  }

  /** Whether a hedge may send it beside an attempt that runs. */
  get mayHedge(): boolean {
    const { idempotent, replayable, retriedElsewhere, servesRetry } = this.#may
    return idempotent && replayable && !retriedElsewhere && !servesRetry
  }

  mayRetry(outcome: Outcome): boolean {
    if (!isError(outcome) || this.#may.retriedElsewhere) return false
    const mayBeDone = this.#perhapsDone > 0
    return failureOf(outcome.error).retryable && this.#mayRepeat && !(mayBeDone && this.#may.servesRetry)
  }

  get #mayRepeat(): boolean {
    const { idempotent, replayable } = this.#may
    return this.#sent === 0 || (replayable && (idempotent || this.#perhapsDone === 0))
  }

  /**
   * Has it sent once more, by `send`, which is told how often that makes. Throws for a status that is retried or counts
   * as a failure.
   */
  async attempt(call: Call, send: (number: number) => Promise<Answer<unknown>>): Promise<Answer<unknown>> {
    if (!this.#mayRepeat) throw new NotRepeatableError('was sent already', { policy: call.host.pipeline })
    if (!this.#may.hedged || this.#roundBegins) this.#discardAll()
    this.#roundBegins = false
    this.#sent++
    this.#perhapsDone++
    try {
      const answer = await send(this.#sent)
      this.#keep(answer, call)
      const { retryable, counts } = statusMeaning(answer.status)
      if (retryable || counts) throw new FailedAnswer(answer, retryAfterMs(answer, call))
      return answer
    } catch (error) {
      const { kind } = failureOf(error)
      if (kind === 'unsent' || kind === 'refused') this.#perhapsDone--
      this.#lastFailure = { error }
      throw error
    }
  }

  /** What came before is given up when the next attempt is sent. */
  startRound(): void {
    this.#roundBegins = true
  }

  #discardAll(): void {
    for (const answer of this.#answers.keys()) discard(answer)
    this.#answers.clear()
  }

  /** What the caller hears: an answer whatever its status, if one came after all that was sent, or what is thrown. */
  conclude(outcome: Outcome): unknown {
    const answer = this.#lastWord(outcome)
    const endpoint = answer && this.#answers.get(answer)
    if (answer !== undefined) this.#answers.delete(answer)
    this.#over = true
    this.#discardAll()
    if (answer !== undefined) return noteServed(answer.response, endpoint)
    if (!isError(outcome)) return outcome.value
    throw outcome.error instanceof NotRepeatableError ? this.#lastFailure?.error : outcome.error
  }

  #lastWord(outcome: Outcome): Answer<unknown> | undefined {
    const own = isError(outcome) ? FailedAnswer.answerOf(outcome.error) : outcome.value
    const known = [...this.#answers.keys()]
    const found = known.find((answer) => answer === own)
    return found ?? (isError(outcome) && isOurs(outcome.error) ? known.at(-1) : undefined)
  }

  /** An answer that comes when nobody waits any more is discarded. */
  #keep(answer: Answer<unknown>, call: Call): void {
    if (this.#over || call.cancelled) {
      discard(answer)
      throw call.reason
    }
    this.#answers.set(answer, call.endpoint)
  }
}

function retryAfterMs(answer: Answer<unknown>, { clock }: Call): number | undefined {
  const asked = readRetryAfterMs(answer.header, clock.wallTime())
  return asked ?? (answer.status === 429 ? throttledMs : undefined)
}

/** Said by a part, which knows less than the service does. */
function isOurs(error: unknown): boolean {
  return error instanceof Rejection || error instanceof TimeoutError || error instanceof FailedAnswer
}

/** Failing to is no failure of the request. */
function discard(answer: Answer<unknown>): void {
  const done = async (): Promise<void> => void (await answer.discard())
  done().catch(() => {})
}
