import { seededRandom } from '@holdfast/testing'
import { faultsNamed } from './faults.ts'
import { Fleet } from './fleet.ts'
import { figureHead, figureLine, lineOf } from './report.ts'
import { playRound } from './round.ts'
import type { Round } from './round.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { boundsMs, circuit, traffic } from './setting.ts'
import { Site } from './site.ts'

/** Forty instances in four processes, and one server with all that can go wrong with it and on the way to it. */
export const standalone: Scenario = {
  name: 'faults',
  async play(options) {
    const played: Round[] = []
    const violations: string[] = []
    for (const seed of options.seeds) {
      await playSeed(seed, options, (name, round) => {
        console.log(lineOf(name, round))
        played.push(round)
        for (const text of round.violations) {
          console.log(`    ${text}`)
          violations.push(`${name} ${text}`)
        }
      })
    }
    return { table: tableOf(played), violations }
  },
}

async function playSeed(
  seed: number,
  { rounds, faults: words }: ScenarioOptions,
  hear: (name: string, round: Round) => void,
): Promise<void> {
  const random = seededRandom(seed)
  const names = faultsNamed(words)
  await using site = await Site.start()
  await using fleet = await Fleet.start({
    processes: 4,
    instances: 10,
    store: (_process, place) => ({ url: site.urlOf(place) }),
    circuit,
    traffic,
  })
  for (let round = 1; round <= rounds; round++)
    hear(`${seed}/${round}`, await playRound({ site, fleet, random }, names))
}

/** How often shares have reported what. */
function eventsOf(played: readonly Round[]): string {
  const counts = new Map<string, number>()
  for (const { events } of played) for (const type of events) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].map(([type, count]) => `${type} ${count}`).join(', ')
}

function tableOf(played: readonly Round[]): readonly string[] {
  const sum = (of: (round: Round) => number): number => played.reduce((total, round) => total + of(round), 0)
  const all = (of: (round: Round) => number): readonly number[] => played.map(of)
  return [
    figureHead,
    figureLine(
      'after heal, all agree',
      all((round) => round.agreedMs),
      `at most ${boundsMs.agreed}`,
    ),
    figureLine(
      'clean outage, all open',
      all((round) => round.openedMs),
      `at most ${boundsMs.opened}`,
    ),
    figureLine(
      'clean recovery, all closed',
      all((round) => round.closedMs),
      `at most ${boundsMs.closed}`,
    ),
    figureLine(
      'slowest admission of a round',
      all((round) => round.slowestAdmissionMs),
    ),
    figureLine(
      'latest timer of a round',
      all((round) => round.lateMs),
    ),
    `faults ${sum((round) => round.faults.length)}, half-open epochs ${sum((round) => round.halfOpens)}, ` +
      `most probes in one ${Math.max(...all((round) => round.mostProbes))}, ` +
      `probes of instances alone ${sum((round) => round.lonelyProbes)}, ` +
      `calls admitted ${sum((round) => round.admitted)}, refused ${sum((round) => round.refused)}`,
    eventsOf(played),
  ]
}
