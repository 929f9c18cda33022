import type { ClientInjection, Injection } from '../injection.ts'
import { instancesOf, replicasOf } from '../places.ts'
import { idOf } from '../play/plan.ts'
import type { Client, Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { checkKnown } from './known.ts'

const mostTurns = 1_000

/** Each concerns something that there is, while it is there, and can be told from the others. */
export function checkInjections(scenario: Scenario): void {
  const { injections = [] } = scenario
  const ids = new Map<string, string>()
  for (const [place, injection] of injections.entries()) {
    const path = `injections[${place}]`
    const id = idOf(injection, scenario)
    const other = ids.get(id)
    if (other !== undefined)
      throw new ScenarioError(`${path}.id`, `expected an id of its own, but ${other} has '${id}' too`)
    ids.set(id, path)
    checkTime(path, injection, scenario)
    checkTurns(path, injection, scenario)
    checkPlaces(path, injection, scenario)
    checkSense(path, injection, scenario)
  }
}

function checkTime(path: string, injection: Injection, { durationMs }: Scenario): void {
  const { fromMs } = injection
  if (fromMs >= durationMs)
    throw new ScenarioError(`${path}.fromMs`, `expected less than durationMs, ${durationMs}, not ${fromMs}`)
  const toMs = endOf(injection)
  if (toMs === undefined) return
  if (toMs <= fromMs)
    throw new ScenarioError(`${path}.toMs`, `expected more than fromMs, ${fromMs}, not ${toMs}`)
  if (toMs > durationMs)
    throw new ScenarioError(`${path}.toMs`, `expected at most durationMs, ${durationMs}, not ${toMs}`)
}

/** The report lists every turn. */
function checkTurns(path: string, injection: Injection, { durationMs }: Scenario): void {
  if (!('flapping' in injection) || injection.flapping === undefined) return
  const { onMs, offMs } = injection.flapping
  const turns = Math.ceil(((injection.toMs ?? durationMs) - injection.fromMs) / (onMs + offMs))
  if (turns > mostTurns)
    throw new ScenarioError(`${path}.flapping`, `expected at most ${mostTurns} turns, not ${turns}`)
}

function endOf(injection: Injection): number | undefined {
  return 'toMs' in injection ? injection.toMs : undefined
}

function checkPlaces(path: string, injection: Injection, scenario: Scenario): void {
  const services = [...Object.keys(scenario.services), ...replicasOf(scenario).map(({ name }) => name)]
  const clients = [...Object.keys(scenario.clients), ...instancesOf(scenario).map(({ name }) => name)]
  if ('target' in injection)
    checkKnown(`${path}.target`, injection.target, 'a service or one of its replicas', services)
  if (!('client' in injection)) return
  // Services ask each other too.
  if ('target' in injection)
    checkKnown(`${path}.client`, injection.client, 'a client or a service, or one of them', [
      ...clients,
      ...services,
    ])
  else checkKnown(`${path}.client`, injection.client, 'a client or one of its instances', clients)
}

function checkSense(path: string, injection: Injection, scenario: Scenario): void {
  const { kind } = injection
  if (kind === 'slow' && injection.factor === undefined && injection.addMs === undefined)
    throw new ScenarioError(path, 'expected factor or addMs')
  if (kind === 'store-down' || kind === 'store-slow' || kind === 'store-flush') {
    if (Object.values(scenario.clients).some(({ shared }) => shared === true)) return
    throw new ScenarioError(path, 'expected a client whose shared is true: nobody else uses the store')
  }
  if (kind === 'load' || kind === 'hot-key' || kind === 'cache-flush')
    checkClient(`${path}.client`, injection, clientOf(injection, scenario))
}

function clientOf({ client }: ClientInjection, scenario: Scenario): Client | undefined {
  return instancesOf(scenario).find(({ name, of }) => name === client || of === client)?.kind
}

function checkClient(path: string, { kind, client }: ClientInjection, found: Client | undefined): void {
  const lacks = {
    load: found?.load.kind !== 'open' && 'an open load',
    'hot-key': found?.keys === undefined && 'keys',
    'cache-flush': found?.cache === undefined && 'a cache',
    sick: false,
  }[kind]
  if (lacks !== false) throw new ScenarioError(path, `expected a client with ${lacks}, not "${client}"`)
}
