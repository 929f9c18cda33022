/** Counts by name, in all and for each step of time. */
export class Tally<Name extends string> {
  readonly #names: readonly Name[]
  readonly #stepMs: number
  readonly #total: Record<Name, number>
  readonly #steps: Record<Name, number>[] = []

  constructor(names: readonly Name[], stepMs: number) {
    this.#names = names
    this.#stepMs = stepMs
    this.#total = this.#none()
  }

  count(name: Name, at: number, counts: boolean = true): void {
    this.step(at)[name]++
    if (counts) this.#total[name]++
  }

  /** The step that a moment is in. */
  step(at: number): Record<Name, number> {
    const index = Math.floor(at / this.#stepMs)
    while (this.#steps.length <= index) this.#steps.push(this.#none())
    return this.#steps[index] as Record<Name, number>
  }

  get total(): Readonly<Record<Name, number>> {
    return { ...this.#total }
  }

  get steps(): readonly Readonly<Record<Name, number>>[] {
    return this.#steps
  }

  #none(): Record<Name, number> {
    return Object.fromEntries(this.#names.map((name) => [name, 0])) as Record<Name, number>
  }
}
