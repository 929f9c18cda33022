import type { Clock } from '@holdfast/core'
import { TimeoutError } from '@holdfast/core'
import type { OpenScopes } from '../inbound/open-scopes.ts'
import type { Connections } from './connections.ts'
import { DrainingError } from './draining-error.ts'
import { inTime } from './in-time.ts'

/** How a drain ended. */
export interface DrainReport {
  /** 0 where every request was answered and every cleanup has ended well; 128 and the signal's number when hurried; else 1. */
  readonly exitCode: number
  /** How many requests were cut short. */
  readonly cut: number
  /** What cleanups have thrown; a `TimeoutError` for one that did not end in time. */
  readonly failures: readonly unknown[]
}

/** How long each step of a drain takes at most, in milliseconds. */
export interface Timing {
  readonly announceMs: number
  readonly drainMs: number
  readonly cleanupMs: number
}

/** How long a connection may be there without a request before it is closed unused. */
const unusedMs = 1_000

/** How long a request may take to answer once it has heard that it is cut short. */
const graceMs = 1_000

/** What a drain asks of open scopes. */
export type Scopes = Pick<OpenScopes, 'open' | 'abort'>

/** What there is to be drained, and what to do after. */
export interface Drained {
  readonly connections: Connections
  readonly scopes: Scopes
  readonly cleanups: readonly (() => unknown)[]
  readonly clock: Clock
  readonly timing: Timing
}

/** The way from the first signal to the end, once. */
export class Drain {
  readonly #drained: Drained
  readonly #hurried: PromiseWithResolvers<void> = Promise.withResolvers()
  #cut = 0
  phase: 'announcing' | 'draining' | 'drained' = 'announcing'
  readonly report: Promise<DrainReport>

  constructor(drained: Drained) {
    this.#drained = drained
    this.report = this.#run()
  }

  /** Cuts off at once what is still under way; returns how many requests have been cut short. */
  hurry(): number {
    this.#abort()
    this.#drained.connections.destroy()
    this.#hurried.resolve()
    return this.#cut
  }

  async #run(): Promise<DrainReport> {
    const { connections, clock, timing } = this.#drained
    connections.announce()
    await inTime(clock, timing.announceMs, () => this.#hurried.promise)
    this.phase = 'draining'
    await this.#empty()
    const failures = await this.#cleanUp()
    this.phase = 'drained'
    const cut = this.#cut
    return { exitCode: cut === 0 && failures.length === 0 ? 0 : 1, cut, failures }
  }

  async #empty(): Promise<void> {
    const { connections, clock, timing } = this.#drained
    const closed = connections.stop()
    const waits = (ms: number) => inTime(clock, ms, () => Promise.race([closed, this.#hurried.promise]))
    const unusedFor = Math.min(unusedMs, timing.drainMs)
    if ((await waits(unusedFor)) === undefined) connections.quit()
    await waits(timing.drainMs - unusedFor)
    if (connections.open > 0) {
      this.#abort()
      await waits(graceMs)
    }
    connections.destroy()
  }

  #abort(): void {
    const { connections, scopes } = this.#drained
    // Those that `hurry` has cut off may not have gone yet.
    this.#cut = Math.max(this.#cut, connections.open)
    scopes.abort(new DrainingError())
  }

  async #cleanUp(): Promise<readonly unknown[]> {
    const { cleanups, clock, timing } = this.#drained
    const outcomes = await Promise.all(cleanups.map((each) => inTime(clock, timing.cleanupMs, each)))
    return outcomes.flatMap((outcome) => {
      if (outcome === undefined)
        return [new TimeoutError('a cleanup has not ended in time', { policy: 'lifecycle' })]
      return 'error' in outcome ? [outcome.error] : []
    })
  }
}
