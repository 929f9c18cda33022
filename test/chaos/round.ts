import { setTimeout as delay } from 'node:timers/promises'
import { keyDump } from '../servers/index.ts'
import { agree, areAll } from './cycle.ts'
import { entriesOf, now } from './entry.ts'
import type { Entry } from './entry.ts'
import { between, faults, faultyMs, forging, healAll, sufferSome } from './faults.ts'
import type { Stage } from './faults.ts'
import type { Fleet, View } from './fleet.ts'
import { missedTrips, violations } from './laws.ts'
import type { Rules } from './laws.ts'
import type { Counts } from './message.ts'
import { boundsMs, mostQuorum, rules } from './setting.ts'

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

/** A part of a round: what instances saw in it, and how they fared. */
interface Part {
  readonly entries: readonly Entry[]
  readonly counts: Counts
}

/** Faults while the dependency is ill and well in turn, then none, then a clean outage and a clean recovery. */
export async function playRound(stage: Stage, only: readonly string[] = Object.keys(faults)): Promise<Round> {
  const { fleet } = stage
  const problems: string[] = []
  const [names] = await Promise.all([sufferSome(stage, only, problems), alternate(stage)])
  const { agreedMs, ...faulty } = await heal(stage, problems)
  const { openedMs, closedMs, counts } = await openAndClose(stage, problems)
  problems.push(...(await oversleep(stage)))
  const clean: Part = { entries: fleet.take(), counts }
  const judged: Rules = { ...rules, forged: names.some((name) => forging.includes(name)) }
  problems.push(
    ...violations(faulty.entries, judged),
    ...violations(clean.entries, rules),
    ...missedTrips(clean.entries, rules, mostQuorum),
    ...slowAdmissions([faulty, clean]),
  )
  const all = [...faulty.entries, ...clean.entries]
  return {
    faults: names,
    agreedMs,
    openedMs,
    closedMs,
    ...probesIn(all),
    admitted: faulty.counts.admitted + counts.admitted,
    refused: faulty.counts.refused + counts.refused,
    slowestAdmissionMs: Math.max(faulty.counts.slowestMs, counts.slowestMs),
    lateMs: counts.lateMs,
    events: entriesOf(all, 'event').map(({ type }) => type),
    violations: problems,
  }
}

/** Puts everything right, and waits until all are closed and the server has nothing else to say. */
async function heal(stage: Stage, problems: string[]): Promise<Part & { readonly agreedMs: number }> {
  const { fleet, site } = stage
  await healAll(site, fleet)
  await fleet.report()
  const counts = fleet.takeCounts()
  const healedAt = fleet.dependency(true)
  const agreedMs = await took(fleet, 'L5 agreement', agree, healedAt, boundsMs.agreed, problems)
  await took(fleet, 'L4 closing after faults', areAll('closed'), healedAt, boundsMs.healed, problems)
  await delay(1_300)
  problems.push(...(await keysWithoutEnd(stage)), ...(await otherThanServer(stage)))
  return { agreedMs, entries: fleet.take(), counts }
}

async function openAndClose(
  stage: Stage,
  problems: string[],
): Promise<{ readonly openedMs: number; readonly closedMs: number; readonly counts: Counts }> {
  const { fleet } = stage
  const outageAt = fleet.dependency(false)
  const openedMs = await took(fleet, 'L2 opening', areAll('open'), outageAt, boundsMs.opened, problems)
  problems.push(...(await keysWithoutEnd(stage)))
  const wellAt = fleet.dependency(true)
  const closedMs = await took(fleet, 'L3 closing', areAll('closed'), wellAt, boundsMs.closed, problems)
  return { openedMs, closedMs, counts: fleet.takeCounts() }
}

/** How long it took until all were so; a problem where that was longer than the bound and twice what timers were late. */
async function took(
  fleet: Fleet,
  what: string,
  isSo: (views: readonly View[]) => boolean,
  from: number,
  boundMs: number,
  problems: string[],
): Promise<number> {
  const at = await fleet.when(isSo, from, boundMs + patienceMs)
  const ms = at === undefined ? Infinity : at - from
  const slackMs = 2 * fleet.counts.lateMs
  if (ms > boundMs + slackMs)
    problems.push(`${what} took ${Math.round(ms)} ms, at most ${boundMs} + ${Math.round(slackMs)}`)
  return ms
}

/** S10: an admission asks nobody, so that only a busy machine makes it slow. */
function slowAdmissions(parts: readonly Part[]): readonly string[] {
  const slow = parts.reduce((sum, { counts }) => sum + counts.slow, 0)
  const all = parts.reduce((sum, { counts }) => sum + counts.admitted + counts.refused, 0)
  return slow > all / 100 ? [`S10 ${slow} of ${all} admissions took more than 5 ms`] : []
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
