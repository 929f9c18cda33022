export interface ScenarioOptions {
  readonly seeds: readonly number[]
  readonly rounds: number
  /** Words of the names of the faults to draw from, with commas between; empty: all. */
  readonly faults: string
}

export interface Scenario {
  readonly name: string
  play(options: ScenarioOptions): Promise<Played>
}

interface Played {
  /** The figures, line by line. */
  readonly table: readonly string[]
  /** What must not have happened, with where. */
  readonly violations: readonly string[]
}
