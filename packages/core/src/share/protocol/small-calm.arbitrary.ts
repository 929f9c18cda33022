import { answered, asked, ended } from './small-instance.arbitrary.ts'
import type { SmallInstance } from './small-instance.arbitrary.ts'
import { keyOf } from './small-key.arbitrary.ts'
import {
  begin,
  changed,
  flushOf,
  healed,
  livingRecord,
  probeOf,
  serve,
  served,
  stepMs,
} from './small-world.arbitrary.ts'
import type { SmallWorld } from './small-world.arbitrary.ts'
import type { Request } from './request.ts'

/** Sweeps until all agree: one finds out, one that repairs and one that spreads it. */
const sweeps = 3

/**
 * L3 to L5: what is wrong with a world from which nothing fails any more. Within so many sweeps all must agree; then, with
 * calls that succeed, the circuit must be closed when what remains of the opening and one lease have passed.
 */
export class Calm {
  /** Worlds from which it is known to go well. */
  readonly #well = new Set<string>()

  wrong(world: SmallWorld): string | undefined {
    return (
      this.#from(healed(world, false), 'lost') ??
      this.#from(healed(world, true), 'late') ??
      wrongAfterwards(world)
    )
  }

  #from(world: SmallWorld, what: string): string | undefined {
    const calm = { ...world, executed: {}, histories: Infinity, steady: false }
    const key = keyOf(calm)
    if (this.#well.has(key)) return undefined
    const agreed = swept(calm)
    if (!agrees(agreed)) return `L5: what was on its way is ${what}, and ${described(agreed)}`
    const closed = tended(agreed)
    if (closed.wrong !== undefined) return closed.wrong
    if (livingRecord(closed).status !== 'closed' || !agrees(closed)) {
      return `L3, L4: what was on its way is ${what}, and ${described(closed)}`
    }
    this.#well.add(key)
    return undefined
  }
}

/** S4: what was given up long ago comes when all is over. */
function wrongAfterwards(world: SmallWorld): string | undefined {
  const late = world.instances.flatMap((each) => each.late)
  if (late.length === 0) return undefined
  let calm = tended(swept({ ...healed(world, false), executed: {}, histories: Infinity, steady: false }))
  for (const request of late) calm = served(calm, 0, request).world
  return calm.wrong
}

function described(world: SmallWorld): string {
  const { epoch, status } = livingRecord(world)
  const views = world.instances.map((each) => `${each.name} ${each.status} ${each.epoch}`)
  return `at ${world.now} the server is ${status} ${epoch}, ${views.join(', ')}`
}

function agrees(world: SmallWorld): boolean {
  const { epoch, status } = livingRecord(world)
  return world.instances.every((each) => each.epoch === epoch && each.status === status)
}

function exchanged(world: SmallWorld, index: number, request: (of: SmallInstance) => Request): SmallWorld {
  const sent = changed(world, index, (of) => asked(of, request(of), world.now))
  return changed(serve(sent, index), index, (of) => answered(of, world.policy, world.now))
}

function swept(world: SmallWorld): SmallWorld {
  let calm = world
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const index of calm.instances.keys()) {
      calm = exchanged(calm, index, () => ({ type: 'look', id: 'x' }))
      if (calm.instances[index]?.claims) calm = exchanged(calm, index, (of) => flushOf(calm, of))
    }
  }
  return calm
}

/**
 * Time passes in steps, and there are calls, all of which succeed. What was granted before and is lost may open the circuit
 * once more.
 */
function tended(world: SmallWorld): SmallWorld {
  const { policy } = world
  const steps = Math.ceil((3 * policy.probeLeaseMs + 2 * policy.maximumOpenMs) / stepMs)
  let calm = world
  for (let step = 0; step <= steps; step++) {
    // Each asks for what the others have left, and then hears what has come of it.
    for (let round = 0; round < world.policy.probes + 1; round++) {
      for (const index of calm.instances.keys()) calm = probed(calm, index)
    }
    calm = swept(calm)
    if (livingRecord(calm).status === 'closed') return calm
    const wrong = overstayed(calm)
    if (wrong !== undefined) return { ...calm, wrong }
    calm = { ...calm, now: calm.now + stepMs }
  }
  return calm
}

/** With calls, an opening ends when it is due, and a round of probes when the last of its leases has. */
function overstayed(world: SmallWorld): string | undefined {
  const { status, until, leases, since } = livingRecord(world)
  const now = world.now + world.offMs
  if (status === 'open' && until <= now) return `L3: open since ${since} and due at ${now}`
  const ends = Object.values(leases)
  if (status !== 'half-open' || ends.some((end) => end > now)) return undefined
  return `L4: half-open since ${since}, and no probe runs at ${now}`
}

function probed(world: SmallWorld, index: number): SmallWorld {
  const { status, until } = world.instances[index] as SmallInstance
  if (status === 'closed' || (status === 'open' && world.now < until)) return world
  let calm = world
  const token = calm.instances[index]?.tokens[0]
  if (token !== undefined && calm.now < token.until) calm = begin(calm, index)
  while ((calm.instances[index]?.running.length ?? 0) > 0) {
    calm = changed(calm, index, (of) => ended(of, 'succeeded'))
  }
  return exchanged(calm, index, (of) => probeOf(calm, of))
}
