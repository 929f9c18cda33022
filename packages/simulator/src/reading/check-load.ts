import type { Client, Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { clientsAt } from './routes.ts'

/** What is measured begins before the end, and the steps of a load follow each other. */
export function checkLoad(scenario: Scenario): void {
  const { durationMs, warmUpMs = 0 } = scenario
  if (warmUpMs >= durationMs)
    throw new ScenarioError('warmUpMs', `expected less than durationMs, ${durationMs}, not ${warmUpMs}`)
  for (const { path, route } of clientsAt(scenario)) checkSteps(`${path}.load.perSecond`, route, durationMs)
}

function checkSteps(path: string, { load }: Client, durationMs: number): void {
  if (load.kind === 'closed' || typeof load.perSecond === 'number') return
  for (const [place, { fromMs }] of load.perSecond.entries()) {
    const at = `${path}[${place}].fromMs`
    if (fromMs >= durationMs)
      throw new ScenarioError(at, `expected less than durationMs, ${durationMs}, not ${fromMs}`)
    const before = load.perSecond[place - 1]
    if (before === undefined) continue
    const leastMs = before.fromMs + (before.rampMs ?? 0)
    if (fromMs <= before.fromMs || fromMs < leastMs)
      throw new ScenarioError(
        at,
        `expected more than the step before, which is done at ${leastMs}, not ${fromMs}`,
      )
  }
}
