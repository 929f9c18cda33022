import { ask } from './ask.ts'
import type { AskOptions } from './ask.ts'
import type { Experiment, Figures } from './experiment.ts'

const tenSeeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

export interface FiguresOptions extends Omit<AskOptions, 'seed'> {
  /** Default: 1 to 10. */
  readonly seeds?: readonly number[]
}

/** The figures for each seed, printed. */
export async function figuresOf<Setting, Figure extends string>(
  experiment: Experiment<Setting, Figure>,
  setting: string,
  { seeds = tenSeeds, ...options }: FiguresOptions = {},
): Promise<readonly Figures<Figure>[]> {
  const found: Figures<Figure>[] = []
  for (const seed of seeds) {
    const { figures } = await ask(experiment, setting, { ...options, seed })
    const by = options.peer === undefined ? '' : ` by ${options.peer}`
    console.log(`${experiment.name}, ${setting}${by}, seed ${seed}: ${JSON.stringify(figures)}`)
    found.push(figures)
  }
  return found
}
