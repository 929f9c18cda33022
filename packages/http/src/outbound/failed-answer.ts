import { StatusError } from '../status-error.ts'
import type { Answer } from './request.ts'

/** What stands for an answer of a failing status while policies decide. The caller gets the answer itself. */
export class FailedAnswer extends StatusError {
  /** Out of sight: what it holds is nobody's business but the caller's. */
  readonly #answer: Answer<unknown>

  constructor(answer: Answer<unknown>, retryAfterMs: number | undefined) {
    super(answer.status, retryAfterMs)
    this.#answer = answer
  }

  /** The answer that `error` stands for. */
  static answerOf(error: unknown): Answer<unknown> | undefined {
    return error instanceof FailedAnswer ? error.#answer : undefined
  }
}
