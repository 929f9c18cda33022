import type { Candidate } from './candidate.ts'
import type { EjectionReason } from './event.ts'
import type { Settings } from './options.ts'
import { outliers } from './outliers.ts'

/** Who carries verdicts out. */
export interface Bailiff {
  condemn(candidate: Candidate, reason: EjectionReason, now: number): void
  /** What it was held for is over. */
  acquit(candidate: Candidate, now: number): void
}

/** Counts how calls end, and says which endpoints are to be ejected: at once, or at the end of an interval. */
export class Judge {
  settings: Settings
  readonly #bailiff: Bailiff
  #endsAt = -Infinity

  constructor(settings: Settings, bailiff: Bailiff) {
    this.settings = settings
    this.#bailiff = bailiff
  }

  /** A call to one of the roster that is not ejected has ended. */
  count(
    candidate: Candidate,
    failed: boolean,
    latencyMs: number,
    now: number,
    roster: { readonly groups: readonly (readonly Candidate[])[] },
  ): void {
    if (now >= this.#endsAt) this.#conclude(now, roster.groups)
    if (!candidate.intact) return
    candidate.tally.add(failed, latencyMs)
    if (!failed) {
      candidate.failuresInRow = 0
      if (candidate.heldFor === 'consecutive-failures') this.#bailiff.acquit(candidate, now)
    } else if (++candidate.failuresInRow >= this.settings.consecutiveFailures) {
      this.#bailiff.condemn(candidate, 'consecutive-failures', now)
    }
  }

  /** An interval is over. What was counted in one long ago says nothing of now. */
  #conclude(now: number, groups: readonly (readonly Candidate[])[]): void {
    const { intervalMs, outliers: rules } = this.settings
    const isFresh = now < this.#endsAt + intervalMs
    this.#endsAt = now + intervalMs
    for (const group of groups) {
      const members = group.filter(({ intact }) => intact)
      const reasons = isFresh
        ? outliers(
            members.map(({ tally }) => tally),
            rules,
          )
        : []
      for (const [index, member] of members.entries()) {
        member.tally.clear()
        const reason = reasons[index]
        if (reason !== undefined) this.#bailiff.condemn(member, reason, now)
        else if (member.heldFor === 'failure-ratio') this.#bailiff.acquit(member, now)
      }
    }
  }
}
