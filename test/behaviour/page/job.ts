import { namedScenario, scenarioNames, simulate } from '@holdfast/simulator'
import type { Figures } from '../experiments/experiment.ts'
import type { Peer } from '../peers/simulate-peer.ts'
import { entries } from './entries.ts'
import type { Cell, Entry } from './entry.ts'

/** One run that the page is made from. Plain data. */
export interface Job {
  /** The experiment, or `scenarios`. */
  readonly of: string
  /** Of the experiment; or the scenario's name. */
  readonly setting: string
  readonly peer: Peer | undefined
  readonly seed: number
}

/** What came of it. Plain data. */
export interface Result {
  readonly figures: Readonly<Record<string, number | null>>
  /** What is drawn: one value for each second. */
  readonly series: readonly (number | null)[]
  readonly spans: readonly { readonly label: string; readonly fromMs: number; readonly toMs: number }[]
  readonly durationMs: number
}

const scenarios = 'scenarios'

export function jobsOf(): readonly Job[] {
  const asked = entries.flatMap((entry) =>
    entry.rows.flatMap(({ cells }) =>
      cells.flatMap((cell) =>
        cell === undefined ? [] : entry.seeds.map((seed) => jobOf(entry, cell, seed)),
      ),
    ),
  )
  const played = scenarioNames().map(scenarioJob)
  return [...new Map([...asked, ...played].map((job) => [nameOf(job), job])).values()]
}

export function jobOf({ name }: Entry, { setting, peer }: Cell, seed: number): Job {
  return { of: name, setting, peer, seed }
}

export function scenarioJob(name: string): Job {
  return { of: scenarios, setting: name, peer: undefined, seed: 1 }
}

export function nameOf({ of, setting, peer, seed }: Job): string {
  return `${of}: ${setting}${peer === undefined ? '' : ` by ${peer}`}, seed ${seed}`
}

export async function play({ of, setting, peer, seed }: Job): Promise<Result> {
  if (of === scenarios) return playScenario(setting, seed)
  const entry = entries.find(({ name }) => name === of)
  if (entry === undefined) throw new Error(`there is no experiment '${of}'`)
  const answer = await entry.play(setting, { seed, ...(peer !== undefined && { peer }) })
  const { figures, report } = answer
  const { picture } = entry
  const isDrawn =
    seed === entry.seeds[0] &&
    picture?.row.cells.some((cell) => cell?.setting === setting && cell.peer === peer) === true
  return {
    figures: roundedOf(figures),
    series: isDrawn ? picture.series(answer).map(rounded) : [],
    spans: isDrawn ? report.injections.map(({ id, fromMs, toMs }) => ({ label: id, fromMs, toMs })) : [],
    durationMs: report.durationMs,
  }
}

async function playScenario(name: string, seed: number): Promise<Result> {
  const { clients, durationMs } = await simulate(namedScenario(name), { seed })
  const figures = Object.entries(clients).flatMap(([client, { goodRatio, latencyMs, amplification }]) => [
    [`${client}: good`, goodRatio] as const,
    [`${client}: p99Ms`, latencyMs?.p99 ?? null] as const,
    [`${client}: attempts`, amplification] as const,
  ])
  return { figures: roundedOf(Object.fromEntries(figures)), series: [], spans: [], durationMs }
}

function roundedOf(figures: Figures<string>): Result['figures'] {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value ?? null)]))
}

/** To as many digits as anybody looks at. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4))
}
