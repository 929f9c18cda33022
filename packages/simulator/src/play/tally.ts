/** Counts by name, in all and for each step of time. What is a level, and no count, is at first what it was at the end of the step before. */
export class Tally<Name extends string> {
  readonly #names: readonly Name[]
  readonly #stepMs: number
  readonly #levels: readonly Name[]
  readonly #total: Record<Name, number>
  readonly #steps: Record<Name, number>[] = []

  constructor(names: readonly Name[], stepMs: number, levels: readonly Name[] = []) {
    this.#names = names
    this.#stepMs = stepMs
    this.#levels = levels
    this.#total = this.#none()
  }

  count(name: Name, at: number, counts: boolean = true): void {
    this.step(at)[name]++
    if (counts) this.#total[name]++
  }

  /** The step that a moment is in. */
  step(at: number): Record<Name, number> {
    const index = Math.floor(at / this.#stepMs)
    while (this.#steps.length <= index) this.#steps.push(this.#next())
    return this.#steps[index] as Record<Name, number>
  }

  get total(): Readonly<Record<Name, number>> {
    return { ...this.#total }
  }

  get steps(): readonly Readonly<Record<Name, number>>[] {
    return this.#steps
  }

  #next(): Record<Name, number> {
    const next = this.#none()
    const last = this.#steps.at(-1) ?? next
    for (const level of this.#levels) next[level] = last[level]
    return next
  }

  #none(): Record<Name, number> {
    return Object.fromEntries(this.#names.map((name) => [name, 0])) as Record<Name, number>
  }
}
