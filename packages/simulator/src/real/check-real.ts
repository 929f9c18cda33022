import { meanOf } from '@holdfast/faults'
import { instancesOf, replicasOf } from '../places.ts'
import { occurrencesOf } from '../play/plan.ts'
import { rateOf } from '../play/rate.ts'
import { ScenarioError } from '../scenario-error.ts'
import type { Network, Scenario } from '../scenario.ts'

const longestMs = 120_000
const mostPerSecond = 500
const mostReplicas = 16
const mostLines = 200

/** Throws where a scenario is more than processes on one machine can play, or is nothing that sockets do. */
export function checkReal(scenario: Scenario): void {
  const { durationMs, network = {}, injections = [] } = scenario
  atMost(longestMs, durationMs, 'durationMs', 'milliseconds of real time')
  const replicas = replicasOf(scenario)
  atMost(mostReplicas, replicas.length, 'services', 'replicas, each of which is a process')
  const senders =
    instancesOf(scenario).length + replicas.filter(({ kind }) => kind.calls !== undefined).length
  atMost(
    mostLines,
    senders * replicas.length,
    'clients',
    'pairs of a sender and a replica, each with a proxy',
  )
  atMost(
    mostPerSecond,
    Math.round(openRate(scenario) + closedRate(scenario)),
    'clients',
    'calls a second in all',
  )
  checkLoss('network', network)
  for (const [place, injection] of injections.entries()) {
    if (injection.kind === 'network') checkLoss(`injections[${place}]`, injection)
  }
}

function atMost(most: number, found: number, path: string, what: string): void {
  if (found > most)
    throw new ScenarioError(path, `expected at most ${most} ${what}, on real processes, not ${found}`)
}

/** Of all open loads, if the highest of each came together. */
function openRate(scenario: Scenario): number {
  const occurrences = occurrencesOf(scenario)
  return instancesOf(scenario).reduce((sum, instance) => {
    const { load } = instance.kind
    if (load.kind === 'closed') return sum
    return sum + 1_000 * rateOf(load, instance, occurrences, scenario.durationMs).highest
  }, 0)
}

/** Of all closed loads, if nobody had to wait for a worker. */
function closedRate({ clients, services }: Scenario): number {
  return Object.values(clients).reduce((sum, { load, to }) => {
    if (load.kind === 'open') return sum
    const cycleMs = meanOf(load.thinkMs ?? 0) + meanOf(services[to]?.serviceMs ?? 0)
    return sum + (load.callers * 1_000) / cycleMs
  }, 0)
}

function checkLoss(path: string, { lossRatio = 0 }: Network): void {
  if (lossRatio === 0 || lossRatio === 1) return
  const problem = `expected 0 or 1 on real processes, where TCP sends again what is lost, not ${lossRatio}`
  throw new ScenarioError(`${path}.lossRatio`, problem)
}
