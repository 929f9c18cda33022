import type { Dropped } from './protocol/flush.ts'
import type { StoreFailureReason } from './store.ts'

/** What sharing state may report. `policy` is the part whose state it is, or `share` where it concerns all. */
export type ShareEvent =
  | {
      /** The store is out of reach, or refuses: every instance goes on by what it knows itself. */
      readonly type: 'share.degraded'
      readonly policy: string
      readonly reason: StoreFailureReason
      readonly message: string
    }
  | {
      readonly type: 'share.restored'
      readonly policy: string
      /** For how long it was degraded. */
      readonly afterMs: number
    }
  | {
      /** The server had lost the state, and has it again from an instance. */
      readonly type: 'epoch.restored'
      readonly policy: string
      readonly epoch: number
    }
  | {
      /** Two servers had given one epoch to two states; the stricter one stands. */
      readonly type: 'epoch.conflict'
      readonly policy: string
      readonly epoch: number
    }
  | {
      /** An epoch that came from a clock that was wrong by days gave way to a smaller one. */
      readonly type: 'epoch.rebased'
      readonly policy: string
      readonly epoch: number
    }
  | {
      /** Calls that this instance counted, or probes that it reported, changed nothing. */
      readonly type: 'vote.dropped'
      readonly policy: string
      readonly reason: Exclude<Dropped, 'none'>
      readonly votes: number
    }
  | {
      /** Probes whose end nobody reported count as failed. */
      readonly type: 'probe.expired'
      readonly policy: string
      readonly probes: number
    }
  | {
      /** A new state was learned by looking: its push was lost. */
      readonly type: 'push.gap'
      readonly policy: string
      readonly epoch: number
    }
  | {
      /** The fleet judges by the rules of a higher version than this instance has. */
      readonly type: 'policy.outdated'
      readonly policy: string
      readonly version: number
    }
  | {
      /** So many names are shared already that this one is not: what has it goes on alone. */
      readonly type: 'share.full'
      readonly policy: string
      readonly maximum: number
    }
  | {
      /** The limit is less than two permits an instance: below one each they take turns. Told once. */
      readonly type: 'share.coarse'
      readonly policy: string
      readonly limit: number
      /** How many instances have a part of it. */
      readonly members: number
    }
  | {
      /** What the store holds for this part cannot be used, so the part goes on alone and tries again now and then. */
      readonly type: 'share.failed'
      readonly policy: string
      readonly reason: StoreFailureReason
      readonly message: string
    }

/** The same before it is known which part reports it. */
export type ShareNotice = WithoutPolicy<ShareEvent>

type WithoutPolicy<Event> = Event extends unknown ? Omit<Event, 'policy'> : never
