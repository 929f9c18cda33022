import type { Clock } from '../clock.ts'
import type { ShareEvent } from './event.ts'
import type { SharedEndpoint } from './endpoint-health.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import type { HealthPolicy } from './protocol/health-policy.ts'
import type { CircuitWatcher, SharedBreaker } from './shared-breaker.ts'
import type { HealthWatcher, SharedHealth } from './shared-health.ts'
import type { BudgetTerms, BudgetUser, SharedBudget } from './shared-budget.ts'
import type { SharedStock, StockTerms, StockUser } from './shared-stock.ts'
import type { SharedPermits } from './shared-permits.ts'
import type { SharedRate } from './shared-rate.ts'
import type { SharedSlices, SliceTerms, SliceUser } from './shared-slices.ts'

/**
 * One instance's part in a fleet that shares state. Give it to the pipelines of a process. What they ask of it they are
 * answered at once, from memory; everything else happens in the background.
 */
export interface Share {
  /** This instance's own name in the fleet: random, and new with every start. */
  readonly instance: string
  /** The pipelines that it is given to must have the same. */
  readonly clock: Clock
  /** How many instances there are: the most that were heard of in the last 15 s, or what was expected before. */
  readonly fleetSize: number
  /** Whether the store is out of reach, so that this instance goes on by what it knows itself. */
  readonly degraded: boolean
  /** Hears what happens to the link and to the state of all parts; returns how to stop. What a listener throws changes nothing. */
  on(listener: (event: ShareEvent) => void): () => void
  /**
   * Waits until the state of all parts is known, which nobody has to. Resolves to whether it is, at the latest after
   * `timeoutMs`, 5 000 unless given.
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<boolean>
  /** Says what there is to say, gives back what it holds and closes the store, in at most 200 ms. Parts go on alone. */
  stop(): Promise<void>
  /** For parts: what they share. */
  readonly parts: SharedParts
  [Symbol.asyncDispose](): Promise<void>
}

/** What parts ask a share for, by name. Undefined where there are too many names. */
export interface SharedParts {
  /** The circuit of that name. */
  breaker(
    names: readonly string[],
    policy: BreakerPolicy,
    watcher: CircuitWatcher,
  ): Joined<SharedBreaker> | undefined
  /** The health of the endpoints of the service of that name. */
  health(
    names: readonly string[],
    policy: HealthPolicy,
    endpoints: readonly SharedEndpoint[],
    watcher: HealthWatcher,
  ): Joined<SharedHealth> | undefined
  /** This instance's slice of a limit on calls that run at a time. */
  slices(names: readonly string[], terms: SliceTerms, user: SliceUser): Joined<SharedSlices> | undefined
  /** A limit on calls that run at a time, whose permits are given out one by one. */
  permits(names: readonly string[], limit: number): Joined<SharedPermits> | undefined
  /** A rate that is asked about call by call. */
  rate(names: readonly string[], terms: StockTerms): Joined<SharedRate> | undefined
  /** The budget for extra attempts of that name. */
  budget(names: readonly string[], terms: BudgetTerms, user: BudgetUser): Joined<SharedBudget> | undefined
  /** This instance's stock of the cells of a rate. */
  stock(
    names: readonly string[],
    terms: StockTerms,
    user: (stock: SharedStock) => StockUser,
  ): Joined<SharedStock> | undefined
}

/** What a part shares, and how it stops. */
export interface Joined<Shared> {
  readonly shared: Shared
  leave(): void
}

/** A share as the parts of one pipeline see it, or those of one key: what they share is named by `names` and the part. */
export interface ShareScope {
  readonly share: Share
  readonly names: readonly string[]
}

/** What a share needs beside its store. */
export interface ShareOptions {
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /**
   * How many instances there are as a rule. Default 1. A limit is divided by it for as long as nothing has been heard of
   * the fleet: without it a fleet that starts while Redis is away gives each instance the whole.
   */
  readonly instances?: number
}
