import { namedScenario, simulate } from '@holdfast/simulator'
import type { AttemptReport, CallReport, ReadOptions, Report, StateReport } from '@holdfast/simulator'

/** A named scenario as it went, call by call. */
export class Played {
  readonly report: Report
  readonly #calls: readonly CallReport[]
  readonly #attempts: readonly AttemptReport[]

  constructor(report: Report, calls: readonly CallReport[], attempts: readonly AttemptReport[]) {
    this.report = report
    this.#calls = calls
    this.#attempts = attempts
  }

  /** The calls of a client, or one instance of it, that began in those seconds, in the order in which they ended. */
  calls(of: string, fromS: number = 0, toS: number = Infinity): readonly CallReport[] {
    return this.#calls.filter(({ instance, atMs }) => isOf(of, instance) && isIn(atMs, fromS, toS))
  }

  /** Likewise how many attempts were sent. */
  attempts(of: string, fromS: number = 0, toS: number = Infinity): number {
    return this.#attempts.filter(({ instance, atMs }) => isOf(of, instance) && isIn(atMs, fromS, toS)).length
  }

  /** How what an instance knows of them has changed. */
  states(subject: StateReport['subject']): readonly StateReport[] {
    return this.report.states.filter((state) => state.subject === subject)
  }
}

function isOf(client: string, instance: string): boolean {
  return instance === client || instance.startsWith(`${client}-`)
}

function isIn(atMs: number, fromS: number, toS: number): boolean {
  return atMs >= fromS * 1_000 && atMs < toS * 1_000
}

/** The share of calls that were answered, in time where there is one. */
export function answered(calls: readonly CallReport[], withinMs: number = Infinity): number {
  return calls.filter(({ outcome, tookMs }) => outcome === 'ok' && tookMs <= withinMs).length / calls.length
}

/** For how long calls failed, from the first of them to the last, in milliseconds. */
export function errorTime(calls: readonly CallReport[]): number {
  const moments = calls.filter(({ outcome }) => outcome !== 'ok').map(({ atMs }) => atMs)
  return moments.length === 0 ? 0 : Math.max(...moments) - Math.min(...moments)
}

/** Plays a scenario that comes with the simulator, with its own seed. */
export async function played(name: string, options?: ReadOptions): Promise<Played> {
  const calls: CallReport[] = []
  const attempts: AttemptReport[] = []
  const report = await simulate(namedScenario(name, options), {
    onCall: (call) => void calls.push(call),
    onAttempt: (attempt) => void attempts.push(attempt),
  })
  return new Played(report, calls, attempts)
}
