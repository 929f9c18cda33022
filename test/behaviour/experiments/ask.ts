import { simulate } from '@holdfast/simulator'
import type { AttemptReport, CallReport } from '@holdfast/simulator'
import { simulatePeer } from '../peers/simulate-peer.ts'
import type { Peer } from '../peers/simulate-peer.ts'
import type { Experiment, Figures, Played } from './experiment.ts'

export interface AskOptions {
  readonly seed: number
  /** As much of the scenario as the question is about. Default: all. */
  readonly durationMs?: number
  /** Asks it of another library, with the settings of the pipeline as far as it has them. Default: of Holdfast. */
  readonly peer?: Peer
}

export interface Answer<Figure extends string> extends Played {
  readonly figures: Figures<Figure>
}

/** Plays an experiment once, with the setting of a name. */
export async function ask<Setting, Figure extends string>(
  experiment: Experiment<Setting, Figure>,
  setting: string,
  { seed, durationMs, peer }: AskOptions,
): Promise<Answer<Figure>> {
  const asked = experiment.settings[setting]
  if (asked === undefined) throw new Error(`${experiment.name} has no setting '${setting}'`)
  const whole = experiment.scenario(asked)
  const scenario = { ...whole, durationMs: durationMs ?? whole.durationMs }
  const calls: CallReport[] = []
  const attempts: AttemptReport[] = []
  const options = {
    seed,
    onCall: (call: CallReport) => void calls.push(call),
    onAttempt: (attempt: AttemptReport) => void attempts.push(attempt),
  }
  const report = await (peer === undefined
    ? simulate(scenario, options)
    : simulatePeer(scenario, peer, options))
  const played = { report, calls, attempts }
  return { ...played, figures: experiment.figures(played) }
}
