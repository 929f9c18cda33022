import { balancers } from './balance.ts'
import type { Candidate } from './candidate.ts'
import { Group } from './group.ts'
import type { Settings } from './options.ts'
import type { Reporter } from './reporter.ts'
import { spillOver, suffices } from './spill-over.ts'
import type { GroupShare } from './spill-over.ts'
import { succeed } from './standing.ts'
import type { Standing } from './standing.ts'

/** What the fleet says of the groups: the first in use, and whether all of it is used. */
export interface FleetView {
  readonly active: number
  readonly panic: boolean
}

/** Who sees to the endpoints. */
export interface RosterListener {
  /** Its probe should have come back by now. */
  overdue(candidate: Candidate): void
}

/** So often what returning endpoints are ready for is looked at while they return. */
const rampSteps = 20
/** What the fleet says is looked at so often while it matters, in milliseconds. */
const fleetLookMs = 1_000
const nothing: GroupShare = { percent: 0, panic: false }
/** So many draws before the untried are looked for one by one. */
const draws = 4

/** The endpoints in their groups, and where the next call goes. */
export class Roster {
  settings: Settings
  /** Undefined where the endpoints are not shared. */
  fleet: FleetView | undefined
  readonly #listener: RosterListener
  readonly #reporter: Reporter
  #groups: readonly Group[] = []
  /** Of the group that would be used if there were no fleet. */
  #standing: Standing = { active: 0, since: -Infinity }
  #active = 0
  /** The only one that gets calls, where there is one. */
  #only: Group | undefined
  /** When something changes by time alone. */
  #lookAt = Infinity
  /** Those whose time is over, to be probed. */
  readonly #due: Candidate[] = []

  constructor(settings: Settings, listener: RosterListener, reporter: Reporter) {
    this.settings = settings
    this.#listener = listener
    this.#reporter = reporter
  }

  get active(): number {
    return this.#active
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
    if (this.#standing.active >= groups.length) this.#standing = { active: 0, since: now }
    this.refit(now)
  }

  /** Where a call goes that has been nowhere; undefined where it can go nowhere. */
  choose(now: number, random: () => number): Candidate | undefined {
    if (now >= this.#lookAt) this.refit(now)
    const group = this.#only ?? this.#drawn(random)
    return group && balancers[this.settings.balance](group, now, random)
  }

  /** Those whose time is over, for a call that finds out whether one is well. */
  due(now: number): readonly Candidate[] {
    if (now >= this.#lookAt) this.refit(now)
    return this.#due
  }

  /** Whether calls may come to need it: no call is risked for a standby while nobody has to go there. */
  needs({ group }: Candidate, now: number): boolean {
    const inUse = this.#groups[this.#active]
    if (group <= this.#active || inUse === undefined || !suffices(inUse.health(now))) return true
    return this.#holds || this.fleet?.panic === true
  }

  /** Whether one is kept that should be out, since too few would remain. */
  get #holds(): boolean {
    return this.members.some((each) => each.healthy && each.heldFor !== undefined)
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
    for (const each of this.members) {
      if (each.health.kind === 'probing' && each.health.until <= now) this.#listener.overdue(each)
    }
    const before = this.#active
    const { dwellMs, slowStartMs } = this.settings
    const own = this.#count((each) => each.intact && !each.sick)
    this.#standing = succeed(this.#standing, own, dwellMs, now)
    this.#active = this.#groupInUse()
    // Nobody has called them lately.
    if (this.#active < before) for (const each of this.#members(this.#active)) each.ramp(now, slowStartMs)
    this.#spread(now)
    this.#lookAt = this.#nextLook(own, now)
    if (this.#active !== before) this.#reporter.moved(before, this.#active)
  }

  #count(isCounted: (candidate: Candidate) => boolean): readonly number[] {
    return this.groups.map((members) => members.filter(isCounted).length)
  }

  #members(rank: number): readonly Candidate[] {
    return this.#groups[rank]?.members ?? []
  }

  /** The later one of this instance's and the fleet's, as long as anybody there or after it is healthy. */
  #groupInUse(): number {
    const own = this.#standing.active
    const later = Math.max(own, this.fleet?.active ?? 0)
    const healthy = this.#count((each) => each.healthy)
    if (healthy.slice(later).some((count) => count > 0)) return later
    const first = healthy.findIndex((count) => count > 0)
    return first < 0 ? own : first
  }

  #spread(now: number): void {
    const shares = this.#shares(now)
    for (const [rank, group] of this.#groups.entries()) {
      const { percent, panic } = shares[rank] ?? nothing
      const was = group.panic
      group.percent = percent
      group.serve(panic)
      if (panic !== was) this.#reporter.panicked(rank, panic)
    }
    this.#only = this.#groups.find(({ percent }) => percent === 100)
  }

  /** Over the group in use and those after it, or over all when no endpoint is healthy. */
  #shares(now: number): readonly GroupShare[] {
    const { panicRatio } = this.settings
    const active = this.#active
    const healths = this.#groups.map((group) => group.health(now))
    const mayPanic = panicRatio > 0
    if (mayPanic && this.fleet?.panic === true) {
      return healths.map((_, rank) => (rank === active ? { percent: 100, panic: true } : nothing))
    }
    if ((mayPanic && this.#holds) || healths.every(({ healthy }) => healthy === 0)) {
      return spillOver(
        healths.map(({ total }) => ({ total, healthy: 0, ready: 0 })),
        panicRatio,
      )
    }
    return [...healths.slice(0, active).map(() => nothing), ...spillOver(healths.slice(active), panicRatio)]
  }

  #nextLook(own: readonly number[], now: number): number {
    const { dwellMs, slowStartMs } = this.settings
    const { active, since } = this.#standing
    const waits = own.slice(0, active).some((count) => count > 0)
    // What the fleet says is over as soon as it cannot be heard.
    const told = this.fleet !== undefined && (this.fleet.panic || this.fleet.active > 0)
    let next = Math.min(waits ? since + dwellMs : Infinity, told ? now + fleetLookMs : Infinity)
    this.#due.length = 0
    for (const each of this.members) {
      const waitMs = each.remainingMs(now)
      if (waitMs > 0) next = Math.min(next, now + waitMs)
      else if (each.intact && !each.isOut) {
        if (each.ramping(now)) next = Math.min(next, now + slowStartMs / rampSteps)
      } else if (!each.sick) {
        // A call would be lost on the sick.
        this.#due.push(each)
      }
    }
    return next
  }
}
