/** One running call that may become slow, in the order of beginnings. */
export interface Timed {
  readonly startedAt: number
  readonly generation: number
  /** Counted as slow while it runs. */
  overdue: boolean
  older: Timed | undefined
  newer: Timed | undefined
}

/** The running calls, oldest first, and how many of one generation have been slow already. */
export class SlowCalls {
  #oldest: Timed | undefined
  #newest: Timed | undefined
  /** The oldest that has not been found overdue. */
  #young: Timed | undefined
  overdue = 0

  add(call: Timed): void {
    call.older = this.#newest
    if (this.#newest === undefined) this.#oldest = call
    else this.#newest.newer = call
    this.#newest = call
    this.#young ??= call
  }

  remove(call: Timed): void {
    if (call.older === undefined) this.#oldest = call.newer
    else call.older.newer = call.newer
    if (call.newer === undefined) this.#newest = call.older
    else call.newer.older = call.older
    if (call === this.#young) this.#young = call.newer
    if (call.overdue) this.overdue--
  }

  /** Counts the calls of `generation` that have run for longer than `slowCallMs`; whether there are more than before. */
  look(now: number, generation: number, slowCallMs: number): boolean {
    const before = this.overdue
    let call = this.#young
    for (; call !== undefined && now - call.startedAt > slowCallMs; call = call.newer) {
      if (call.generation !== generation) continue
      call.overdue = true
      this.overdue++
    }
    this.#young = call
    return this.overdue > before
  }

  /** None is overdue: they are counted anew. */
  forget(): void {
    this.overdue = 0
    for (let call = this.#oldest; call !== undefined; call = call.newer) call.overdue = false
    this.#young = this.#oldest
  }
}
