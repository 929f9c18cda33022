import { balancers } from './balance.ts'
import type { Candidate } from './candidate.ts'
import { Group } from './group.ts'
import type { Settings } from './options.ts'
import { spillOver } from './spill-over.ts'
import { succeed } from './standing.ts'
import type { Standing } from './standing.ts'

/** Who hears what becomes of the groups. */
export interface RosterListener {
  /** Its probe should have come back by now. */
  overdue(candidate: Candidate): void
  moved(from: number, to: number): void
  panicked(group: number, panic: boolean): void
}

/** So often what returning endpoints are ready for is looked at while they return. */
const rampSteps = 20
/** So many draws before the untried are looked for one by one. */
const draws = 4

/** The endpoints in their groups, and where the next call goes. */
export class Roster {
  settings: Settings
  readonly #listener: RosterListener
  #groups: readonly Group[] = []
  #standing: Standing = { active: 0, since: -Infinity }
  /** The only one that gets calls, where there is one. */
  #only: Group | undefined
  /** When something changes by time alone. */
  #lookAt = Infinity
  /** Those whose time is over, to be probed. */
  readonly #due: Candidate[] = []

  constructor(settings: Settings, listener: RosterListener) {
    this.settings = settings
    this.#listener = listener
  }

  get active(): number {
    return this.#standing.active
  }

  get panic(): boolean {
    return this.#groups.some((group) => group.panic)
  }

  get members(): readonly Candidate[] {
    return this.#groups.flatMap(({ members }) => members)
  }

  get groups(): readonly (readonly Candidate[])[] {
    return this.#groups.map(({ members }) => members)
  }

  /** Begins with other endpoints. */
  seat(groups: readonly (readonly Candidate[])[], now: number): void {
    this.#groups = groups.map((candidates, rank) => new Group(rank, candidates))
    if (this.active >= groups.length) this.#standing = { active: 0, since: now }
    this.refit(now)
  }

  /** Where a call goes that has been nowhere; undefined where it can go nowhere. */
  choose(now: number, random: () => number): Candidate | undefined {
    if (now >= this.#lookAt) this.refit(now)
    const group = this.#only ?? this.#drawn(random)
    return group && balancers[this.settings.balance](group, now, random)
  }

  /** One whose time is over, for a call that finds out whether it is well. */
  due(now: number): Candidate | undefined {
    if (now >= this.#lookAt) this.refit(now)
    return this.#due[0]
  }

  /**
   * One that is not among those tried, in the group in use if there is one, then in those after it and before it; undefined
   * where there is none.
   */
  untried(tried: readonly string[], now: number, random: () => number): Candidate | undefined {
    if (now >= this.#lookAt) this.refit(now)
    const { active } = this
    for (const group of [...this.#groups.slice(active), ...this.#groups.slice(0, active)]) {
      const { serving } = group
      if (serving.length === 0) continue
      for (let draw = 0; draw < draws; draw++) {
        const drawn = balancers[this.settings.balance](group, now, random)
        if (!tried.includes(drawn.id)) return drawn
      }
      const found = serving.find(({ id }) => !tried.includes(id))
      if (found !== undefined) return found
    }
    return undefined
  }

  #drawn(random: () => number): Group | undefined {
    let left = random() * 100
    for (const group of this.#groups) {
      left -= group.percent
      if (left < 0) return group
    }
    return this.#groups.findLast(({ percent }) => percent > 0)
  }

  /** Whether one more may be ejected: one at least stays, and one at least may go. */
  get mayEject(): boolean {
    const { members } = this
    const healthy = members.filter((each) => each.healthy).length
    const most = Math.max(1, this.settings.maximumEjectedRatio * members.length)
    return healthy > 1 && members.length - healthy + 1 <= most
  }

  /** Looks at all endpoints: who serves, which groups get calls, when to look again. */
  refit(now: number): void {
    const groups = this.#groups
    for (const each of this.members) {
      if (each.health.kind === 'probing' && each.health.until <= now) this.#listener.overdue(each)
    }
    const before = this.#standing
    const { dwellMs, slowStartMs } = this.settings
    const healthy = groups.map(({ members }) => members.filter((each) => each.healthy).length)
    this.#standing = succeed(before, healthy, dwellMs, now)
    const { active } = this.#standing
    // Nobody has called them lately.
    if (active < before.active) for (const each of groups[active]?.members ?? []) each.ramp(now, slowStartMs)
    this.#spread(now)
    this.#lookAt = this.#nextLook(healthy, now)
    if (active !== before.active) this.#listener.moved(before.active, active)
  }

  /** Spreads the calls over the group in use and those after it, or over all when no endpoint is healthy. */
  #spread(now: number): void {
    const { panicRatio } = this.settings
    const held = panicRatio > 0 && this.members.some((each) => each.heldFor !== undefined)
    const healths = this.#groups.map((group) => group.health(now))
    const none = held || healths.every(({ healthy }) => healthy === 0)
    const used = none
      ? healths.map(({ total }) => ({ total, healthy: 0, ready: 0 }))
      : healths.slice(this.active)
    const shares = spillOver(used, panicRatio)
    const from = none ? 0 : this.active
    for (const [index, group] of this.#groups.entries()) {
      const { percent, panic } = shares[index - from] ?? { percent: 0, panic: false }
      const was = group.panic
      group.percent = percent
      group.serve(panic)
      if (panic !== was) this.#listener.panicked(group.rank, panic)
    }
    this.#only = this.#groups.find(({ percent }) => percent === 100)
  }

  #nextLook(healthy: readonly number[], now: number): number {
    const { dwellMs, slowStartMs } = this.settings
    const { active, since } = this.#standing
    const waits = healthy.slice(0, active).some((count) => count > 0)
    let next = waits ? since + dwellMs : Infinity
    this.#due.length = 0
    for (const each of this.members) {
      // The sick are not probed: a call would be lost on them.
      if (each.health.kind === 'ejected' && each.health.until <= now) {
        if (!each.sick) this.#due.push(each)
      } else if (each.health.kind !== 'healthy') next = Math.min(next, each.health.until)
      else if (each.ramping(now)) next = Math.min(next, now + slowStartMs / rampSteps)
    }
    return next
  }
}
