import type { Abortable } from '../signal.ts'

/** That a call is cut short, and who wants to hear of it. Made when somebody does, or when it happens. */
export class Cancellation {
  cancelled = false
  reason: unknown = undefined
  #controller: AbortController | undefined
  /** The first member, and all others: most calls have one at most. */
  #first: Abortable | undefined
  #others: Set<Abortable> | undefined

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  /** Has `member` aborted, once; at once if it has happened. */
  link(member: Abortable): void {
    if (this.cancelled) member.abort(this.reason)
    else if (this.#first === undefined) this.#first = member
    else (this.#others ??= new Set()).add(member)
  }

  unlink(member: Abortable): void {
    if (this.#first === member) this.#first = undefined
    else this.#others?.delete(member)
  }

  abort(reason: unknown): void {
    if (this.cancelled) return
    this.cancelled = true
    this.reason = reason
    const [first, others] = [this.#first, this.#others]
    this.#first = undefined
    this.#others = undefined
    first?.abort(reason)
    for (const member of others ?? []) member.abort(reason)
    this.#controller?.abort(reason)
  }
}
