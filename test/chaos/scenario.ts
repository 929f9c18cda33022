export interface ScenarioOptions {
  readonly seeds: readonly number[]
  readonly rounds: number
  /** Words of the names of the faults to draw from, with commas between; empty: all. */
  readonly faults: string
  /** Fewer repetitions, after shorter health. */
  readonly quick: boolean
  /** Of what takes a minute. */
  readonly repetitions: number
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
  /** Targets that were not reached. On a machine that others use too that is a figure, and no defect. */
  readonly missed?: readonly string[]
}
