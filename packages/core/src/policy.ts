import type { Call, Operation } from './call.ts'
import type { Host } from './host.ts'
import type { Ending, Outcome } from './outcome.ts'
import type { Ticket } from './wait.ts'

/** What every part of a pipeline has. */
export interface Part {
  readonly kind: string
  /** Unique in its pipeline; the kind unless given. */
  readonly name: string
  /** Its limits as plain values, by the names of its options. */
  describe?(): Readonly<Record<string, unknown>>
  /** Validates and takes over new options from the next admission on; what was learned stays. */
  configure?(options: object): void
  /** The part that it would be after `configure`, which it refuses as that would: to be checked and thrown away. */
  draft?(options: object): Part
  /** Holds itself against the parts inside and outside it (nested pipelines included), and says what is wrong. */
  check?(inner: readonly Part[], outer: readonly Part[]): string | undefined
  /**
   * Told once for each pipeline it stands in. Where that has a share, with the parts inside and outside it there (those of
   * nested pipelines in their place).
   */
  attach?(host: Host, inner?: readonly Part[], outer?: readonly Part[]): void
  /** It is used no longer: it lets go of what it shares. */
  detach?(): void
  /** Whether it holds nothing worth keeping: no call running, nothing learned. May release memory. */
  idle?(now: number): boolean
  /** The parts of a part that is itself a pipeline. */
  readonly parts?: readonly Part[]
}

/** Runs the rest of the pipeline. */
export type Next = (call: Call) => Promise<unknown>

/** Wraps the rest of the pipeline: runs it not at all, once, or several times. */
export interface Policy extends Part {
  /**
   * It runs the inside once, at once, and hands on how that ended, so that `admit` takes it among guards. Default false.
   */
  readonly passesThrough?: boolean
  /** Called once, when the pipeline is made; the result runs for every call. */
  wrap(next: Next): Next
}

/**
 * A policy that steps in only when the inside has ended, such as retry and fallback: as long as it has nothing to
 * do, a call costs it no promise.
 */
export interface Reaction extends Part {
  /** The call goes in. What it returns comes back with the ending. */
  begin?(call: Call, now: number): Ticket
  /** Once a begin. Whether the ending may pass as it is; if not, `recover` is called at once. */
  settle(ticket: Ticket, ending: Ending, call: Call, now: number): boolean
  /**
   * Makes what takes the outcome's place, now or by a promise; what it throws takes that place too. `next` runs the
   * inside again, with a branch of the call.
   */
  recover(ticket: Ticket, outcome: Outcome, call: Call, next: Next): unknown
}

/**
 * Changes the operation itself, as faults do: what comes of it is the operation's own outcome to all parts, and no refusal.
 * The innermost part of its pipeline.
 */
export interface Alteration extends Part {
  /** Whether it changes anything. While it does not, it costs a call nothing. */
  readonly active: boolean
  /** Runs the operation as it is to be run, which may be not at all. Asked while `active`. */
  alter(operation: Operation, call: Call, now: number): unknown
}
