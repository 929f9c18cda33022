import { setTimeout as delay } from 'node:timers/promises'
import { keyDump } from '../servers/index.ts'
import { agree, areAll } from './cycle.ts'
import { entriesOf, now } from './entry.ts'
import type { Entry } from './entry.ts'
import { between, faults, faultyMs, forging, healAll, sufferSome } from './faults.ts'
import type { Stage } from './faults.ts'
import type { View } from './fleet.ts'
import { missedTrips, violations } from './laws.ts'
import type { Rules } from './laws.ts'
import { boundsMs, rules, mostQuorum } from './setting.ts'

/** What one round has shown. */
export interface Round {
  readonly faults: readonly string[]
  readonly agreedMs: number
  readonly openedMs: number
  readonly closedMs: number
  readonly halfOpens: number
  readonly mostProbes: number
  readonly lonelyProbes: number
  readonly admitted: number
  readonly refused: number
  readonly slowestAdmissionMs: number
  /** How late timers were after the faults: by twice as much every bound is longer. */
  readonly lateMs: number
  /** What shares have reported, by kind. */
  readonly events: readonly string[]
  readonly violations: readonly string[]
}

/** So long a bound may be missed and the figure told all the same. */
const patienceMs = 5_000

/** Faults while the dependency is ill and well in turn, then none, then a clean outage and a clean recovery. */
export async function playRound(stage: Stage, only: readonly string[] = Object.keys(faults)): Promise<Round> {
  const { fleet, site } = stage
  const problems: string[] = []
  const [names] = await Promise.all([sufferSome(stage, only, problems), alternate(stage)])
  await healAll(site, fleet)
  await fleet.report()
  const during = fleet.takeCounts()
  const slackMs = (): number => 2 * fleet.counts.lateMs
  const within = (took: number | undefined, boundMs: number, what: string): number => {
    if (took === undefined || took > boundMs + slackMs())
      problems.push(
        `${what} took ${took === undefined ? 'too long' : Math.round(took)} ms, at most ${boundMs} + ${Math.round(slackMs())}`,
      )
    return took ?? Number.NaN
  }

  const healedAt = fleet.dependency(true)
  const agreed = await fleet.when(agree, healedAt, boundsMs.agreed + patienceMs)
  const agreedMs = within(
    agreed === undefined ? undefined : agreed - healedAt,
    boundsMs.agreed,
    'L5 agreement',
  )
  const closed = await fleet.when(areAll('closed'), healedAt, boundsMs.healed + patienceMs)
  within(closed === undefined ? undefined : closed - healedAt, boundsMs.healed, 'L4 closing after the faults')
  await delay(1_300)
  problems.push(...(await keysWithoutEnd(stage)), ...(await otherThanServer(stage)))
  const faulty = fleet.take()

  const outageAt = fleet.dependency(false)
  const opened = await fleet.when(areAll('open'), outageAt, boundsMs.opened + patienceMs)
  const openedMs = within(opened === undefined ? undefined : opened - outageAt, boundsMs.opened, 'L2 opening')
  problems.push(...(await keysWithoutEnd(stage)))
  const wellAt = fleet.dependency(true)
  const recovered = await fleet.when(areAll('closed'), wellAt, boundsMs.closed + patienceMs)
  const closedMs = within(
    recovered === undefined ? undefined : recovered - wellAt,
    boundsMs.closed,
    'L3 closing',
  )
  const counts = fleet.takeCounts()
  problems.push(...(await oversleep(stage)))
  const clean = fleet.take()
  const slow = during.slow + counts.slow
  const asked = during.admitted + during.refused + counts.admitted + counts.refused
  if (slow > asked / 100) problems.push(`S10 ${slow} of ${asked} admissions took more than 5 ms`)
  const judged: Rules = { ...rules, forged: names.some((name) => forging.includes(name)) }
  problems.push(
    ...violations(faulty, judged),
    ...violations(clean, rules),
    ...missedTrips(clean, rules, mostQuorum),
  )
  return {
    faults: names,
    agreedMs,
    openedMs,
    closedMs,
    ...probesIn([...faulty, ...clean]),
    admitted: during.admitted + counts.admitted,
    refused: during.refused + counts.refused,
    slowestAdmissionMs: Math.max(during.slowestMs, counts.slowestMs),
    lateMs: counts.lateMs,
    events: entriesOf([...faulty, ...clean], 'event').map(({ type }) => type),
    violations: problems,
  }
}

/** A process stands still while the others open and close: what it then says is of an epoch long over. */
async function oversleep({ fleet, random }: Stage): Promise<readonly string[]> {
  const sleeper = between(random, 0, fleet.processes.length - 1)
  const others = (views: readonly View[]): readonly View[] =>
    views.filter(({ instance }) => !instance.startsWith(`${sleeper}.`))
  await delay(between(random, 300, 700))
  fleet.sleep(sleeper)
  const open = await fleet.when((views) => areAll('open')(others(views)), fleet.dependency(false), patienceMs)
  const closed = await fleet.when(
    (views) => areAll('closed')(others(views)),
    fleet.dependency(true),
    patienceMs,
  )
  fleet.wake(sleeper)
  const together = await fleet.when(areAll('closed'), now(), boundsMs.agreed)
  return [open, closed, together].includes(undefined)
    ? ['L1 without a process that stood still, or with it']
    : []
}

async function alternate({ fleet, random }: Stage): Promise<void> {
  let well = true
  const end = now() + faultyMs
  while (now() < end) {
    await delay(between(random, 300, 1_500))
    fleet.dependency((well = !well))
  }
}

/** S12: every key ends by itself, and is ours. */
async function keysWithoutEnd({ site }: Stage): Promise<readonly string[]> {
  const keys = await keyDump(site.server)
  return keys
    .filter(({ key, ttlMs }) => ttlMs === null || ttlMs <= 0 || !key.startsWith('hf1:'))
    .map(({ key, ttlMs }) => `S12 ${key} ends after ${ttlMs}`)
}

/** S2: what the instances have is what the server has. */
async function otherThanServer({ site, fleet }: Stage): Promise<readonly string[]> {
  const [epoch, status] = (await site.server.command(
    'HMGET',
    'hf1:{b:chaos/circuit-breaker}:c',
    'e',
    'st',
  )) as readonly unknown[]
  await fleet.report()
  const [view] = fleet.views.values()
  const states = ['closed', 'open', 'half-open']
  const same = Number(epoch) === view?.epoch && states[Number(status)] === view.state
  return same
    ? []
    : [`S2 the server is at ${epoch} ${status}, and the instances at ${view?.epoch} ${view?.state}`]
}

function probesIn(entries: readonly Entry[]): Pick<Round, 'halfOpens' | 'mostProbes' | 'lonelyProbes'> {
  const perEpoch = new Map<number, number>()
  let lonelyProbes = 0
  for (const entry of entries) {
    if (entry.kind !== 'probed') continue
    if (entry.probe === 0) lonelyProbes++
    else perEpoch.set(entry.epoch, (perEpoch.get(entry.epoch) ?? 0) + 1)
  }
  return { halfOpens: perEpoch.size, mostProbes: Math.max(0, ...perEpoch.values()), lonelyProbes }
}
