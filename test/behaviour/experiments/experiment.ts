import type { AttemptReport, CallReport, Report, Scenario } from '@holdfast/simulator'

/** A question to whatever protects calls, with figures for an answer. All of it is data but the two functions. */
export interface Experiment<Setting, Figure extends string> {
  readonly name: string
  /** What is done to whom. */
  readonly about: string
  /** What the standard preset has to reach. */
  readonly goal: string
  /** What it is asked with, by name: the standard preset, and what that is compared with. */
  readonly settings: Readonly<Record<string, Setting>>
  /** The client is called `web`: give `simulate` another caller of that name to ask it of another library. */
  scenario(setting: Setting): Scenario
  figures(played: Played): Figures<Figure>
}

/** By what each says, units included. Null: it never came to that. Left out: that cannot be known. */
export type Figures<Figure extends string> = Readonly<Partial<Record<Figure, number | null>>>

/** One run. */
export interface Played {
  readonly report: Report
  /** In the order in which they ended. */
  readonly calls: readonly CallReport[]
  readonly attempts: readonly AttemptReport[]
}
