import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@holdfast/testing'
import { entriesOf, now } from './entry.ts'
import type { EntryOf } from './entry.ts'
import { faultsNamed, healAll, sufferSome } from './faults.ts'
import type { Stage } from './faults.ts'
import { Fleet } from './fleet.ts'
import type { Limits } from './limited-instance.ts'
import type { Scenario } from './scenario.ts'
import { circuit } from './setting.ts'
import { Site } from './site.ts'

const processes = 4
const instances = 5
const drainMs = 500
const limit = 30
const perSecond = 1_000
const burst = 200
/** What one instance may have in stock at most. */
const stock = 50

const limits: Limits = {
  bulkhead: { limit, shared: { drainMs, degradedMinimum: 0 } },
  rateLimit: { limit: perSecond, intervalMs: 1_000, burst },
}

/** After these the server knows of no slice and of no debt any more, and gives out what others have. */
const forgetting: readonly string[] = ['FLUSHALL', 'redis is killed and comes back empty']

/** Their keys are a circuit's. */
const elsewhere: readonly string[] = ['a key is of another type', 'garbage in a key']

interface LimitedRound {
  readonly faults: readonly string[]
  readonly peak: number
  /** The most that passed in a second, and in a fifth of one. */
  readonly second: number
  readonly fifth: number
  /** How many passed in a second when all was well again. */
  readonly calm: number
  /** How many ran on average when all was well again. */
  readonly after: number
  readonly violations: readonly string[]
}

/** Twenty instances share a bulkhead and a rate limit that they would all like to have more of. */
export const shares: Scenario = {
  name: 'limits',
  async play({ seeds, rounds, faults: words }) {
    const played: LimitedRound[] = []
    const violations: string[] = []
    for (const seed of seeds) {
      const random = seededRandom(seed)
      await using site = await Site.start()
      await using fleet = await Fleet.start({
        processes,
        instances,
        store: (_process, place) => ({ url: site.urlOf(place) }),
        circuit,
        limits,
        traffic: { callers: 8, workMs: 40, restMs: 60, longRatio: 0, longMs: 0 },
      })
      // Until the server has been heard, each takes itself for the whole fleet.
      await delay(3_000)
      fleet.take()
      for (let round = 1; round <= rounds; round++) {
        const each = await playRound({ site, fleet, random }, words)
        played.push(each)
        console.log(lineOf(`${seed}/${round}`, each))
        violations.push(...each.violations.map((text) => `${seed}/${round} ${text}`))
      }
    }
    return { table: tableOf(played), violations }
  },
}

async function playRound(stage: Stage, words: string): Promise<LimitedRound> {
  const { site, fleet } = stage
  const problems: string[] = []
  const names = faultsNamed(words).filter((name) => !elsewhere.includes(name))
  const drawn = await sufferSome(stage, names, problems)
  await healAll(site, fleet)
  // A lease, and how long the calls of one that is over may run.
  await delay(4_000)
  const calmAt = now()
  await delay(1_000)
  await fleet.report()
  const entries = fleet.take()
  const losses = drawn.filter((name) => forgetting.includes(name)).length
  const ran = entriesOf(entries, 'ran')
  const peak = mostAtATime(ran)
  const passed = entriesOf(entries, 'passed').map(({ at }) => at)
  const second = mostWithin(passed, 1_000)
  const fifth = mostWithin(passed, 200)
  const after = runningOnAverage(ran, calmAt, calmAt + 900)
  const stocks = processes * instances * stock
  // Those that are cut off go by their part of the rate, and the others may have all of it at the same time.
  const passes = (ms: number): number => 2 * ((perSecond * ms) / 1_000) + burst * (2 + losses) + stocks
  const calm = passed.filter((at) => at >= calmAt && at < calmAt + 1_000).length
  problems.push(...entriesOf(entries, 'odd').map(({ instance, text }) => `S10 ${instance}: ${text}`))
  if (peak > limit * (1 + losses)) problems.push(`S8 ${peak} ran at a time, and ${limit} may`)
  if (second > passes(1_000)) problems.push(`S9 ${second} passed within a second`)
  if (fifth > passes(200)) problems.push(`S9 ${fifth} passed within 200 ms`)
  if (calm > perSecond + burst || calm < perSecond * 0.7)
    problems.push(`S9 ${calm} passed in a second when all was well again`)
  if (after < limit / 2) problems.push(`L6 only ${after.toFixed(1)} ran when all was well again`)
  return { faults: drawn, peak, second, fifth, calm, after, violations: problems }
}

/** Calls count for as long as they may run: whoever stands still keeps nobody's place for longer. */
function mostAtATime(ran: readonly EntryOf<'ran'>[]): number {
  const steps = ran.flatMap(({ at, until }) => [
    { at, by: 1 },
    { at: Math.min(until, at + drainMs), by: -1 },
  ])
  let running = 0
  let most = 0
  for (const { by } of steps.toSorted((one, other) => one.at - other.at || one.by - other.by)) {
    running += by
    most = Math.max(most, running)
  }
  return most
}

function mostWithin(moments: readonly number[], ms: number): number {
  let first = 0
  let most = 0
  for (const [index, at] of moments.entries()) {
    while ((moments[first] ?? at) <= at - ms) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}

function runningOnAverage(ran: readonly EntryOf<'ran'>[], from: number, to: number): number {
  const sum = ran.reduce(
    (total, { at, until }) => total + Math.max(0, Math.min(until, to) - Math.max(at, from)),
    0,
  )
  return sum / (to - from)
}

function lineOf(
  name: string,
  { faults: drawn, peak, second, fifth, calm, after, violations }: LimitedRound,
): string {
  return (
    `${name.padEnd(8)} at a time ${String(peak).padStart(3)} of ${limit}   in 1 s ${String(second).padStart(5)}   ` +
    `in 0.2 s ${String(fifth).padStart(4)}   afterwards ${after.toFixed(1)} and ${calm}   ` +
    `${violations.length === 0 ? 'held' : violations.join('; ')} [${drawn.join(', ')}]`
  )
}

function tableOf(played: readonly LimitedRound[]): readonly string[] {
  const isLoss = ({ faults: drawn }: LimitedRound): boolean => drawn.some((name) => forgetting.includes(name))
  const most = (rounds: readonly LimitedRound[], of: (round: LimitedRound) => number): number =>
    Math.max(0, ...rounds.map(of))
  const kept = played.filter((round) => !isLoss(round))
  const lost = played.filter(isLoss)
  const line = (name: string, rounds: readonly LimitedRound[]): string =>
    `${name.padEnd(44)} ${rounds.length} rounds, most at a time ${most(rounds, ({ peak }) => peak)} of ${limit}, ` +
    `in a second ${most(rounds, ({ second }) => second)} at ${perSecond}/s and a burst of ${burst}`
  return [line('the server kept its memory', kept), line('the server lost its memory', lost)]
}
