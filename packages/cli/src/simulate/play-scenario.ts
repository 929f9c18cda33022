import { reportPage, simulate } from '@holdfast/simulator'
import type { PlayOptions, Report, Runs, Scenario } from '@holdfast/simulator'
import type { Workplace } from '../command.ts'
import { CommandError, exitCodes } from '../exit.ts'
import type { Surroundings } from '../surroundings.ts'
import { json } from '../text.ts'
import { refusalOf, ScenarioFiles } from './scenario-file.ts'
import type { Settings } from './settings.ts'
import { summaryLines } from './summary.ts'

/** What somebody wants to see. */
export interface Wanted extends Settings {
  readonly file: string
  /** Another file, to be played as it is. */
  readonly compared: string | undefined
  /** Whether real processes play it too. */
  readonly isReal: boolean
  /** Where the page goes. */
  readonly html: string | undefined
}

/** What is to be played, and from which file it is. */
interface Plan {
  readonly scenario: Scenario
  readonly file: string
  readonly source: string
  readonly ground: Report['ground']
}

type Plans = readonly [Plan] | readonly [Plan, Plan]

/** Plays what is wanted, and shows what came of it. */
export async function playScenario(wanted: Wanted, place: Workplace): Promise<void> {
  const { around, paint } = place
  // All are read before any is played.
  const plans = await plansFor(wanted, around)
  const runs = await playAll(plans, around)
  if (wanted.html !== undefined) writeTo(wanted.html, reportPage(...runs), around)
  const lines = place.json
    ? runs.map(({ report }) => json(report))
    : summaryLines(runs, paint, around.out.columns)
  around.out.write(`${lines.join('\n')}\n`)
}

async function plansFor({ file, compared, isReal, set, seed }: Wanted, around: Surroundings): Promise<Plans> {
  const files = new ScenarioFiles(around)
  const seeded = seed === undefined ? {} : { seed }
  const settings = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`)
  const first: Plan = {
    scenario: await files.read(file, { set: { ...set, ...seeded } }),
    file,
    source: settings.length === 0 ? file : `${file} with ${settings.join(', ')}`,
    ground: 'simulated',
  }
  if (isReal) return [first, { ...first, ground: 'real' }]
  if (compared === undefined) return [first]
  const scenario = await files.read(compared, { set: seeded })
  return [first, { scenario, file: compared, source: compared, ground: 'simulated' }]
}

async function playAll([first, second]: Plans, around: Surroundings): Promise<Runs> {
  const one = { report: await play(first, around), source: first.source }
  return second === undefined ? [one] : [one, { report: await play(second, around), source: second.source }]
}

async function play({ scenario, file, ground }: Plan, around: Surroundings): Promise<Report> {
  const onProgress = (ratio: number): void =>
    around.progress(`${scenario.name}, ${ground}: ${Math.round(ratio * 100)} %`)
  try {
    return ground === 'real'
      ? await playReal(scenario, { onProgress })
      : await simulate(scenario, { onProgress })
  } catch (error) {
    throw refusalOf(file, error)
  } finally {
    around.progress('')
  }
}

/** Loaded only where it is wanted: it opens sockets and starts processes. */
async function playReal(scenario: Scenario, options: PlayOptions): Promise<Report> {
  const real = await import('@holdfast/simulator/real')
  return real.playReal(scenario, options)
}

function writeTo(path: string, page: string, around: Surroundings): void {
  try {
    around.write(path, page)
  } catch (error) {
    const { code = 'unknown' } = error as { readonly code?: string }
    throw new CommandError(exitCodes.failed, `--html: the file cannot be written (${code})`)
  }
}
