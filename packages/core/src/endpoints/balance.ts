import type { Candidate } from './candidate.ts'
import type { Group } from './group.ts'

/**
 * How calls are spread over the endpoints of a group. `peak-ewma`: of two drawn at random the one with the lower latency for
 * each call in flight, failures being slow. `least-request`: of two the one with fewer calls in flight. `round-robin`: in
 * turn.
 */
export type Balance = 'peak-ewma' | 'least-request' | 'round-robin'

/** Chooses one of those that serve, of which there is one at least. */
export type Balancer = (group: Group, now: number, random: () => number) => Candidate

export const balancers: Readonly<Record<Balance, Balancer>> = {
  'peak-ewma': (group, now, random) => lighterOfTwo(group, now, random, latencyLoad),
  'least-request': (group, now, random) => lighterOfTwo(group, now, random, requestLoad),
  'round-robin': nextInTurn,
}

function latencyLoad(candidate: Candidate, now: number): number {
  return candidate.load(now)
}

function requestLoad({ inFlight, share }: Candidate): number {
  return inFlight / share
}

/** The power of two choices. One that is on its way back is chosen only as often as it is ready for. */
function lighterOfTwo(
  group: Group,
  now: number,
  random: () => number,
  load: (candidate: Candidate, now: number) => number,
): Candidate {
  const { serving } = group
  const place = group.draw(random)
  // Places are drawn from those that serve.
  const first = serving[place] as Candidate
  const second = serving[group.drawOther(place, random)] as Candidate
  if (first === second) return first
  const firstIn = isReady(first, now, random)
  const secondIn = isReady(second, now, random)
  if (firstIn !== secondIn) return firstIn ? first : second
  return load(second, now) < load(first, now) ? second : first
}

function isReady(candidate: Candidate, now: number, random: () => number): boolean {
  return !candidate.ramping(now) || random() < candidate.readiness(now)
}

/** Ten tenths must pay for one turn, though they add up to a little less. */
const rounding = 1e-9
/** So many the slowest saver needs for a turn. */
const longestRounds = 11

/** Each saves a share in every round, and takes a turn for each whole one: the heaviest in every round. */
function nextInTurn(group: Group, now: number): Candidate {
  const { serving } = group
  let candidate = serving[0] as Candidate
  for (let visits = serving.length * longestRounds; visits > 0; visits--) {
    const place = group.turn % serving.length
    candidate = serving[place] as Candidate
    group.turn = place + 1
    candidate.credit += candidate.share * candidate.readiness(now)
    if (candidate.credit < 1 - rounding) continue
    candidate.credit -= 1
    break
  }
  return candidate
}
