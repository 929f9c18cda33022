import type { ClientStep, LineChart, Report } from '@holdfast/simulator'
import { ask } from '../experiments/ask.ts'
import type { Answer, AskOptions } from '../experiments/ask.ts'
import type { Experiment, Played } from '../experiments/experiment.ts'
import type { Peer } from '../peers/simulate-peer.ts'

/** What the page shows of an experiment. */
export interface Entry {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly goal: string
  /** What the figures mean, where that is not plain. */
  readonly text: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  readonly picture: Picture | undefined
  /** The figures are means over them. */
  readonly seeds: readonly number[]
  play(setting: string, options: AskOptions): Promise<Answer<string>>
}

/** What is compared: one for each column, undefined where there is nothing to compare. */
export interface Row {
  /** Empty where there is but one. */
  readonly label: string
  readonly cells: readonly (Cell | undefined)[]
}

export interface Cell {
  readonly setting: string
  readonly peer?: Peer
}

/** What is drawn of a row's first seed. */
interface Picture extends Pick<LineChart, 'title' | 'unit' | 'scale'> {
  readonly row: Row
  /** One value for each second. */
  series(played: Played): readonly (number | null)[]
}

interface Shown extends Pick<Entry, 'title' | 'text' | 'rows'>, Partial<Pick<Entry, 'columns' | 'seeds'>> {
  /** Default: how many calls of each second were answered in time. */
  readonly picture?: Omit<Picture, 'row'> | false
  /** The row that is drawn. Default: the first. */
  readonly pictured?: Row
}

const answered: Omit<Picture, 'row'> = {
  title: 'Calls answered in time, of those that began in each second',
  unit: 'ratio',
  series: ({ report }) => stepsOf(report).map(({ good, calls }) => (calls === 0 ? null : good / calls)),
}

/** What the client of an experiment saw, second by second. */
export function stepsOf({ clients }: Report): readonly ClientStep[] {
  return clients['web']?.series ?? []
}

export function entryOf<Setting, Figure extends string>(
  experiment: Experiment<Setting, Figure>,
  { picture = answered, pictured, ...shown }: Shown,
): Entry {
  const { name, about, goal } = experiment
  return {
    name,
    about,
    goal,
    columns: ['no policy', 'Holdfast', 'cockatiel', 'opossum'],
    seeds: [1, 2, 3],
    ...shown,
    picture: picture === false ? undefined : { ...picture, row: pictured ?? (shown.rows[0] as Row) },
    play: (setting, options) => ask(experiment, setting, options),
  }
}

/** No policy, ours, and both peers with the settings of ours. */
export function compared(label: string, without: string, ours: string): Row {
  return {
    label,
    cells: [
      { setting: without },
      { setting: ours },
      { setting: ours, peer: 'cockatiel' },
      { setting: ours, peer: 'opossum' },
    ],
  }
}
