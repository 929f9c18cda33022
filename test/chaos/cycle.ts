import { entriesOf, now } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Fleet, View } from './fleet.ts'

/** One outage of the dependency, from which the fleet recovers. */
export interface Cycle {
  /** From the outage until all instances are open, from the flush that satisfied the rule, and of that each instance. */
  readonly detectedMs: number
  readonly propagatedMs: number
  readonly eachMs: readonly number[]
  /** How many probes the round had that closed the circuit, and how long from its beginning until all were closed. */
  readonly probes: number
  readonly closedMs: number
  readonly entries: readonly Entry[]
}

export function agree(views: readonly View[]): boolean {
  const [first] = views
  return views.every(({ epoch, state, alone }) => !alone && epoch === first?.epoch && state === first.state)
}

export function areAll(state: View['state']): (views: readonly View[]) => boolean {
  return (views) => agree(views) && views[0]?.state === state
}

/** Resolves when all are closed and nothing is under way. */
export async function allClosed(fleet: Fleet, withinMs: number): Promise<void> {
  const closed = await fleet.when(areAll('closed'), now(), withinMs)
  if (closed === undefined) throw new Error(`the instances were not all closed within ${withinMs} ms`)
}

/** Makes the dependency fail until all are open, then has it well until all are closed. */
export async function cycle(fleet: Fleet): Promise<Cycle> {
  fleet.take()
  const outageAt = fleet.dependency(false)
  const opened = await fleet.when(areAll('open'), outageAt, 20_000)
  const wellAt = fleet.dependency(true)
  const closed = await fleet.when(areAll('closed'), wellAt, 60_000)
  const entries = fleet.take()
  if (opened === undefined || closed === undefined) throw new Error('a cycle did not come to its end')
  const trip = tripIn(entries, outageAt)
  const closing =
    entriesOf(entries, 'applied').find(({ at, state }) => at >= wellAt && state === 'closed')?.epoch ?? 0
  const lastRound = Math.max(
    ...entriesOf(entries, 'applied')
      .filter(({ epoch, state }) => epoch < closing && state === 'half-open')
      .map(({ epoch }) => epoch),
  )
  const began = entriesOf(entries, 'applied').find(({ epoch }) => epoch === lastRound)?.at ?? Number.NaN
  return {
    detectedMs: opened - outageAt,
    propagatedMs: opened - trip.sentAt,
    eachMs: entriesOf(entries, 'applied')
      .filter(({ epoch, alone }) => epoch === trip.epoch && !alone)
      .map(({ at }) => at - trip.sentAt),
    probes: entriesOf(entries, 'probed').filter(({ epoch }) => epoch === lastRound).length,
    closedMs: closed - began,
    entries,
  }
}

/** The flush that opened the circuit: when it was sent, and under which epoch it opened. */
function tripIn(
  entries: readonly Entry[],
  from: number,
): { readonly sentAt: number; readonly epoch: number } {
  const trip = entriesOf(entries, 'flushed').find(
    ({ sentAt, claimed, reply }) =>
      sentAt >= from && reply?.dropped === 'none' && reply.state === 'open' && reply.epoch !== claimed,
  )
  return { sentAt: trip?.sentAt ?? Number.NaN, epoch: trip?.reply?.epoch ?? 0 }
}
