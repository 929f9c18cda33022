import type { Candidate } from './candidate.ts'
import type { GroupHealth } from './spill-over.ts'

/** Endpoints of one rank, and those of them that calls go to now. */
export class Group {
  /** 0 is the primary's. */
  readonly rank: number
  readonly members: readonly Candidate[]
  /** The healthy ones, or all in a panic. */
  serving: readonly Candidate[] = []
  panic = false
  /** Of all calls. */
  percent = 0
  /** Whose turn it is, where they take turns. */
  turn = 0
  /** Where each one's weight ends when all are laid in a row; undefined where they are equal. */
  #ends: Float64Array | undefined

  constructor(rank: number, candidates: readonly Candidate[]) {
    this.rank = rank
    // What weighs nothing gets nothing.
    this.members = candidates.filter(({ endpoint }) => endpoint.weight !== 0)
    for (const each of this.members) each.group = rank
  }

  health(now: number): GroupHealth {
    const healthy = this.members.filter((each) => each.healthy)
    const ready = healthy.reduce((sum, each) => sum + each.readiness(now), 0)
    return { total: this.members.length, healthy: healthy.length, ready }
  }

  /** Has the healthy ones serve, or all. */
  serve(panic: boolean): void {
    this.panic = panic
    this.serving = panic ? this.members : this.members.filter((each) => each.healthy)
    const weights = this.serving.map(weightOf)
    const heaviest = Math.max(...weights)
    for (const each of this.serving) each.share = weightOf(each) / heaviest
    this.#ends = weights.every((weight) => weight === heaviest) ? undefined : endsOf(weights)
  }

  /** The place of one of those that serve, drawn by weight. */
  draw(random: () => number): number {
    const drawn = random()
    if (this.#ends === undefined) return Math.floor(drawn * this.serving.length)
    return placeOf(drawn, this.#ends)
  }

  /** The place of another one than `place`; the same if there is none, or chance finds it again and again. */
  drawOther(place: number, random: () => number): number {
    const last = this.serving.length - 1
    if (last < 1) return place
    if (this.#ends === undefined) {
      const drawn = Math.floor(random() * last)
      return drawn < place ? drawn : drawn + 1
    }
    const other = this.draw(random)
    return other === place ? this.draw(random) : other
  }
}

function weightOf({ endpoint }: Candidate): number {
  return endpoint.weight ?? 1
}

function endsOf(weights: readonly number[]): Float64Array {
  const ends = new Float64Array(weights.length)
  let end = 0
  for (const [index, weight] of weights.entries()) ends[index] = end += weight
  return ends
}

/** The first place that ends behind the drawn one. */
function placeOf(drawn: number, ends: Float64Array): number {
  const at = drawn * (ends.at(-1) as number)
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] as number) > at) high = middle
    else low = middle + 1
  }
  return low
}
