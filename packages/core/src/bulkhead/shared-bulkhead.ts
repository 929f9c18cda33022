import { boundMs } from '../check-composition.ts'
import type { Host } from '../host.ts'
import type { Part } from '../policy.ts'
import type { ShareNotice } from '../share/event.ts'
import type { SharedParts } from '../share/share.ts'
import type { SliceTerms, SliceUser } from '../share/shared-slices.ts'
import type { Settings } from './options.ts'
import type { Permits } from './permits.ts'

/** Whose permits they are. */
export interface PermitsOwner {
  readonly name: string
  readonly settings: Settings
  readonly inner: readonly Part[]
  readonly outer: readonly Part[]
  handOver(permits: Permits, now: number): void
}

/** For how long a call may run where neither an option nor a timeout says it: as in the standard preset. */
const standardDrainMs = 2_500

function termsFrom({ settings, inner, outer }: PermitsOwner): SliceTerms {
  const { limit, shared } = settings
  const { drainMs, degradedMinimum = 1 } = shared === false ? {} : shared
  return {
    limit,
    degradedMinimum,
    // Timeouts may be updated, so they are asked each time.
    drainMs: () => drainMs ?? boundMs(inner, outer) ?? standardDrainMs,
  }
}

/** Joins permits to their fleet's, takes over new terms, or leaves it: whatever the settings are now. */
export function shareWithFleet(
  permits: Permits,
  endpoint: string | undefined,
  owner: PermitsOwner,
  host: Host,
): void {
  const { sharing } = host
  const { shared, mode } = owner.settings
  if (sharing === undefined) return
  if (shared === false || mode === 'off') return permits.leaveFleet()
  const isStrict = shared.mode === 'strict'
  if (isStrict ? permits.slices !== undefined : permits.strict !== undefined) permits.leaveFleet()
  const names = [...sharing.names, owner.name, ...(endpoint === undefined ? [] : [endpoint])]
  if (isStrict) return askForEach(permits, names, owner.settings.limit, sharing.share.parts)
  const terms = termsFrom(owner)
  if (permits.slices !== undefined) return permits.slices.retune(terms)
  const joined = sharing.share.parts.slices(names, terms, new User(permits, endpoint, owner, host))
  if (joined !== undefined) permits.joinFleet(joined)
}

function askForEach(permits: Permits, names: readonly string[], limit: number, parts: SharedParts): void {
  if (permits.strict !== undefined) permits.strict.limit = limit
  const joined = permits.strict === undefined ? parts.permits(names, limit) : undefined
  if (joined !== undefined) permits.joinFleet(joined)
}

class User implements SliceUser {
  readonly #permits: Permits
  readonly #endpoint: string | undefined
  readonly #owner: PermitsOwner
  readonly #host: Host

  constructor(permits: Permits, endpoint: string | undefined, owner: PermitsOwner, host: Host) {
    this.#permits = permits
    this.#endpoint = endpoint
    this.#owner = owner
    this.#host = host
  }

  get running(): number {
    return this.#permits.running
  }

  get waiting(): number {
    return this.#permits.waiting
  }

  grown(now: number): void {
    this.#owner.handOver(this.#permits, now)
  }

  notify(event: ShareNotice): void {
    if (!this.#host.observed) return
    const endpoint = this.#endpoint
    const subject = endpoint === undefined ? {} : { endpoint: { id: endpoint } }
    this.#host.emit({ ...event, policy: this.#owner.name }, subject)
  }
}
