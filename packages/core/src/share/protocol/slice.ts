import type { Step } from './step.ts'

/**
 * What the server holds of a bulkhead: the TypeScript twin of the keys `h` and `z`. Times are milliseconds of the
 * server's clock.
 */
export interface SliceRecord {
  readonly slices: Readonly<Record<string, Slice>>
  /** The longest lease that anybody has asked for. */
  readonly longestMs: number
  /** When it was last asked. */
  readonly askedAt: number
  readonly expiresAt: number
  /** When the lease of each instance ends. */
  readonly leases: Readonly<Record<string, number>>
  readonly leasesExpireAt: number
}

/** What one instance has of the limit. */
export interface Slice {
  /** Permits that nobody else is given. */
  readonly permits: number
  /** Its fair share when it asked last. */
  readonly target: number
  /** What it wants, at least 1: whoever is there has one permit set aside where the limit allows. */
  readonly want: number
  readonly sequence: number
}

export const emptySlices: SliceRecord = {
  slices: {},
  longestMs: 0,
  askedAt: 0,
  expiresAt: 0,
  leases: {},
  leasesExpireAt: 0,
}

/** Renews the lease of one instance's permits, and asks for as many as it wants now. */
export interface SliceRequest {
  readonly type: 'slice'
  readonly id: string
  readonly instance: string
  /** Grows with every request of this instance, so that one that arrives late changes nothing. */
  readonly sequence: number
  readonly limit: number
  /** A whole number of permits; 0 gives all back that `keep` does not hold. */
  readonly want: number
  /** How many permits the sender may be using until it has the reply: these stay its own. */
  readonly keep: number
  readonly leaseMs: number
}

export interface SliceReply {
  readonly type: 'slice'
  /** Permits that nobody else is given while the lease lasts. */
  readonly slice: number
  /** More than this may not be admitted from now on, so that the others get their share. May exceed `slice`. */
  readonly target: number
  readonly members: number
  /** Whether the limit is less than two permits a member. Below one each, whole permits rotate. */
  readonly coarse: boolean
}

/**
 * What is left at `now`, when somebody asks: who let its lease run out has given back, and a clock that stepped back is
 * made up for.
 */
function livingSlices(found: SliceRecord, leaseMs: number, now: number): SliceRecord {
  const before = now < found.expiresAt ? found : emptySlices
  const ends = now < found.leasesExpireAt ? found.leases : {}
  const longestMs = Math.max(leaseMs, before.longestMs)
  const latest = now + longestMs
  const names = Object.keys(before.slices)
  // Who has permits and no lease, because its key was lost, may be using them for a whole lease yet.
  const leases = names
    .map((name) => [name, Math.min(ends[name] ?? latest, latest)] as const)
    .filter(([, end]) => end > now)
  const left: SliceRecord = {
    ...found,
    slices: Object.fromEntries(leases.map(([name]) => [name, before.slices[name] ?? nothing])),
    longestMs,
    askedAt: now,
    leases: Object.fromEntries(leases),
  }
  // Expiry costs a command a key, so it is renewed once a lease, and when a member or a key was lost.
  const isSameLease = Math.floor(now / longestMs) === Math.floor(before.askedAt / longestMs)
  const isWhole = found.leasesExpireAt === found.expiresAt && leases.length === names.length
  if (isSameLease && isWhole && longestMs === before.longestMs) return left
  return { ...left, expiresAt: now + 3 * longestMs, leasesExpireAt: now + 3 * longestMs }
}

const nothing: Slice = { permits: 0, target: 0, want: 1, sequence: 0 }

/**
 * Gives an instance its share of the limit, as far as the others have left it. The sum of all slices never exceeds a
 * limit that nobody lowers: whoever has too much keeps what it uses, and the others wait for it.
 */
export function slice(found: SliceRecord, request: SliceRequest, now: number): Step<SliceRecord, SliceReply> {
  const record = livingSlices(found, request.leaseMs, now)
  const { instance, sequence, limit, want } = request
  const { [instance]: own, ...others } = record.slices
  if (own !== undefined && sequence <= own.sequence) return answer(record, own, request)
  const free = limit - sumOf(others, 'permits')
  const kept = Math.max(0, Math.min(request.keep, own?.permits ?? free))
  const share = (): number => fairShare(others, free, request, Math.floor(now / record.longestMs))
  const target = want === 0 ? 0 : Math.min(want, isForgotten(own, request) ? kept : share())
  const permits = Math.max(kept, Math.min(target, free))
  const held: Slice = { permits, target, want: Math.max(1, want), sequence }
  const { [instance]: _, ...otherLeases } = record.leases
  if (want === 0 && permits === 0) {
    return answer({ ...record, slices: others, leases: otherLeases }, held, request)
  }
  const leases = { ...otherLeases, [instance]: now + request.leaseMs }
  return answer({ ...record, slices: { ...others, [instance]: held }, leases }, held, request)
}

/**
 * Who uses permits that the server knows nothing of, because it has lost its memory, has just those until it asks again:
 * by then the others, who may use the rest, have spoken too.
 */
function isForgotten(own: Slice | undefined, { keep }: SliceRequest): boolean {
  return own === undefined && keep > 0
}

/**
 * All get what they want while there is enough. Else each has one permit and of the rest a part in proportion to what
 * it wants beyond that; what rounding leaves over goes to whoever asks for it first. Where there is not one for
 * everybody, each in turn has one, for as many leases as there are permits.
 */
function fairShare(
  others: SliceRecord['slices'],
  free: number,
  { instance, limit, want }: SliceRequest,
  turn: number,
): number {
  const names = Object.keys(others)
  const members = names.length + 1
  const wanted = sumOf(others, 'want') + want
  if (wanted <= limit) return want
  if (limit < members) {
    const rank = names.filter((name) => name < instance).length
    return (rank + turn) % members < limit ? 1 : 0
  }
  const [shared, parts] = [(limit - members) * (want - 1), wanted - members]
  const share = 1 + Math.floor(shared / parts)
  const isRounded = shared > (share - 1) * parts
  const leftOver = isRounded && free > share && limit > sumOf(others, 'target') + share
  return leftOver ? share + 1 : share
}

function sumOf(slices: SliceRecord['slices'], field: 'permits' | 'target' | 'want'): number {
  return Object.values(slices).reduce((sum, each) => sum + each[field], 0)
}

function answer(
  record: SliceRecord,
  { permits, target }: Slice,
  { limit }: SliceRequest,
): Step<SliceRecord, SliceReply> {
  const members = Object.keys(record.slices).length
  const coarse = limit < 2 * members
  const reply: SliceReply = { type: 'slice', slice: permits, target, members, coarse }
  return { record: members === 0 ? emptySlices : record, reply }
}
