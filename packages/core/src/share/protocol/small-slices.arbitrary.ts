import { emptySlices, slice } from './slice.ts'
import type { SliceRecord, SliceReply, SliceRequest } from './slice.ts'
import type { Move } from './small-search.arbitrary.ts'

/** A call takes at most one step, a slice is used for one step after it was asked for, and its lease is both. */
const stepMs = 1_000
const leaseMs = 2 * stepMs
const startMs = 1_000_000_000

interface Flight {
  readonly request: SliceRequest
  readonly sentAt: number
  readonly served: boolean
  readonly reply?: SliceReply
}

/** The client's part in a shared limit: what it may do, it may do at any time. */
interface Holder {
  readonly name: string
  readonly permits: number
  /** From when on none of them is given out. */
  readonly until: number
  /** When each of its calls has ended at the latest. */
  readonly calls: readonly number[]
  readonly sequence: number
  readonly flight?: Flight
  readonly late: readonly SliceRequest[]
}

interface SlicesLeft {
  readonly steps: number
  readonly lost: number
  readonly doubled: number
  readonly setBack: number
}

export interface SlicesWorld {
  readonly limit: number
  readonly now: number
  readonly offMs: number
  readonly record: SliceRecord
  readonly holders: readonly Holder[]
  readonly left: SlicesLeft
}

export function slicesWorld(limit: number, names: string, left: Partial<SlicesLeft>): SlicesWorld {
  const holder = { permits: 0, until: 0, calls: [], sequence: 0, late: [] }
  return {
    limit,
    now: startMs,
    offMs: 0,
    record: emptySlices,
    holders: [...names].map((name) => ({ name, ...holder })),
    left: { steps: 0, lost: 0, doubled: 0, setBack: 0, ...left },
  }
}

function changed(world: SlicesWorld, index: number, change: (holder: Holder) => Holder): SlicesWorld {
  return { ...world, holders: world.holders.with(index, change(world.holders[index] as Holder)) }
}

function spent(world: SlicesWorld, what: keyof SlicesLeft): SlicesWorld {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1 } }
}

function limitAt({ permits, until, flight }: Holder, now: number): number {
  const granted = now < until ? permits : 0
  return Math.min(granted, flight?.request.keep ?? Infinity)
}

export function movesOfSlices(world: SlicesWorld): readonly Move<SlicesWorld>[] {
  const moves: Move<SlicesWorld>[] = []
  for (const index of world.holders.keys()) addMovesOf(world, index, moves)
  if (world.left.steps > 0) moves.push(['a step of time', stepped(world)])
  if (world.left.setBack > 0) {
    moves.push(['the clock steps back', { ...spent(world, 'setBack'), offMs: world.offMs - stepMs }])
  }
  return moves
}

/** Calls honour their timeout. */
function stepped(world: SlicesWorld): SlicesWorld {
  const now = world.now + stepMs
  const holders = world.holders.map((each) => ({ ...each, calls: each.calls.filter((end) => end > now) }))
  return { ...spent(world, 'steps'), now, holders }
}

function addMovesOf(world: SlicesWorld, index: number, moves: Move<SlicesWorld>[]): void {
  const { now, left, limit } = world
  const holder = world.holders[index] as Holder
  const { name, calls, flight, late } = holder
  const add = (what: string, next: SlicesWorld): void => void moves.push([`${name} ${what}`, next])
  if (calls.length < limitAt(holder, now)) {
    add(
      'begins a call',
      changed(world, index, (of) => ({ ...of, calls: [...calls, now + stepMs] })),
    )
  }
  if (calls.length > 0)
    add(
      'ends a call',
      changed(world, index, (of) => ({ ...of, calls: calls.slice(1) })),
    )
  for (const [place, request] of late.entries()) {
    const without = changed(world, index, (of) => ({ ...of, late: late.toSpliced(place, 1) }))
    add('is served late', served(without, request).world)
  }
  if (flight === undefined) {
    for (let want = 0; want <= limit; want++)
      add(
        `asks for ${want}`,
        changed(world, index, (of) => asks(world, of, want)),
      )
    return
  }
  if (!flight.served) add('is served', serve(world, index, flight))
  if (flight.served && left.doubled > 0) add('is served twice', spent(serve(world, index, flight), 'doubled'))
  if (flight.reply !== undefined) add('gets the reply', changed(world, index, answered))
  if (left.lost > 0) add('gives up', changed(spent(world, 'lost'), index, gaveUp))
}

function asks({ now, limit }: SlicesWorld, holder: Holder, want: number): Holder {
  const { name: instance, calls } = holder
  const sequence = holder.sequence + 1
  const keep = Math.max(calls.length, Math.min(want, limitAt(holder, now)))
  const request: SliceRequest = { type: 'slice', id: 'x', instance, sequence, limit, want, keep, leaseMs }
  return { ...holder, sequence, flight: { request, sentAt: now, served: false } }
}

function serve(world: SlicesWorld, index: number, flight: Flight): SlicesWorld {
  const done = served(world, flight.request)
  return changed(done.world, index, (of) => ({
    ...of,
    flight: { ...flight, served: true, reply: done.reply },
  }))
}

function served(world: SlicesWorld, request: SliceRequest): { world: SlicesWorld; reply: SliceReply } {
  const { record, reply } = slice(world.record, request, world.now + world.offMs)
  return { world: { ...world, record }, reply }
}

function answered({ flight, ...holder }: Holder): Holder {
  if (flight?.reply === undefined) return holder
  const permits = Math.min(flight.reply.slice, flight.reply.target)
  return { ...holder, permits, until: flight.sentAt + stepMs }
}

function gaveUp({ flight, ...holder }: Holder): Holder {
  if (flight === undefined) return holder
  const { request, served: carriedOut } = flight
  const late = carriedOut ? holder.late : [...holder.late, request]
  return { ...holder, late, permits: Math.min(holder.permits, request.keep) }
}

/** S8, and L6: when all others are dead, everything is to be had one lease after somebody asked. */
export function wrongInSlices(world: SlicesWorld): string | undefined {
  const { limit, holders, record, offMs } = world
  const permits = (name: string): number => permitsOf(record, name, world.now + offMs)
  const leased = holders.reduce((sum, { name }) => sum + permits(name), 0)
  if (leased > limit) return `S8: slices of ${leased} are leased`
  const bare = holders.find((each) => permits(each.name) < limitAt(each, world.now))
  if (bare !== undefined) return `S8: ${bare.name} may use what it no longer has`
  const running = holders.reduce((sum, { calls }) => sum + calls.length, 0)
  if (running > limit) return `S8: ${running} calls run`
  for (const holder of holders) {
    // It asks once, so that a clock that stepped back is noticed, and when all others' leases have ended again.
    const first = asks(world, { ...holder, calls: [] }, limit)
    const heard = served(world, requestOf(first)).world
    const again = asks({ ...heard, now: heard.now + leaseMs }, first, limit)
    const { reply } = served({ ...heard, now: heard.now + leaseMs }, requestOf(again))
    if (reply.slice < limit) return `L6: after a lease ${holder.name} gets ${reply.slice}`
  }
  return undefined
}

/** What nobody else is given. */
function permitsOf({ slices, leases }: SliceRecord, name: string, now: number): number {
  return (leases[name] ?? 0) > now ? (slices[name]?.permits ?? 0) : 0
}

/** What it has just asked. */
function requestOf({ flight }: Holder): SliceRequest {
  return (flight as Flight).request
}

/** The same for worlds that differ by nothing but moments that have passed; names decide whose turn it is. */
export function keyOfSlices({ now, offMs, record, holders, left }: SlicesWorld): string {
  let key = `${now - startMs},${offMs},${left.steps}.${left.lost}.${left.doubled}.${left.setBack}`
  key += `,${record.longestMs},${record.askedAt},${record.expiresAt},${record.leasesExpireAt}`
  for (const { name, permits, until, calls, sequence, flight, late } of holders) {
    const held = record.slices[name]
    if (held !== undefined) {
      const { permits: leased, target, want } = held
      key += `;${leased}.${target}.${want}.${sequence - held.sequence}.${(record.leases[name] ?? 0) - startMs}`
    }
    key += `;${until > now ? permits : ''}@${until > now ? until - now : ''},${calls.map((end) => end - now).join('.')}`
    if (flight !== undefined) {
      const { request, sentAt, served: carriedOut, reply } = flight
      key += `f${request.want}.${request.keep}.${sentAt - now}${carriedOut ? 's' : ''}${reply?.slice}.${reply?.target}`
    }
    for (const request of late) key += `l${request.want}.${request.keep}.${sequence - request.sequence}`
  }
  return key
}
