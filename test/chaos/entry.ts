/** State of a circuit, as its statistics name it. */
type State = 'closed' | 'open' | 'half-open'

/** One thing that an instance saw. `at`: milliseconds of the machine's monotonic clock, which all processes share. */
export type Entry =
  | {
      /** It has taken over a state, or has begun or ceased to judge alone. */
      readonly kind: 'applied'
      readonly at: number
      readonly instance: string
      readonly epoch: number
      readonly state: State
      readonly alone: boolean
    }
  | {
      /** A call was let through as a probe; number 0: by an instance that is alone, for itself. */
      readonly kind: 'probed'
      readonly at: number
      readonly instance: string
      readonly epoch: number
      readonly probe: number
    }
  | {
      /** The server has granted it probes. */
      readonly kind: 'granted'
      readonly at: number
      readonly instance: string
      readonly epoch: number
      readonly first: number
      readonly tokens: number
    }
  | {
      /** It has told the server of calls. Without a reply nobody knows whether they were counted. */
      readonly kind: 'flushed'
      readonly at: number
      readonly sentAt: number
      readonly instance: string
      readonly claimed: number
      readonly successes: number
      readonly failures: number
      readonly reply: FlushedReply | undefined
    }
  | {
      readonly kind: 'reported'
      readonly at: number
      readonly instance: string
      readonly claimed: number
      readonly reports: number
      /** How many of them say that the probe has succeeded. */
      readonly succeeded: number
      readonly reply: { readonly epoch: number; readonly state: State; readonly dropped: string } | undefined
    }
  | {
      /** A push has come, if it was not thrown away. */
      readonly kind: 'pushed'
      readonly at: number
      readonly instance: string
      readonly epoch: number
      readonly reason: string
    }
  | {
      /** A call held a permit of a bulkhead from `at` on. */
      readonly kind: 'ran'
      readonly at: number
      readonly instance: string
      readonly until: number
    }
  | {
      /** A rate limit let a call pass. */
      readonly kind: 'passed'
      readonly at: number
      readonly instance: string
    }
  | {
      /** What an operator says of the circuit in all instances, or that nothing is said any more. */
      readonly kind: 'overridden'
      readonly at: number
      readonly instance: string
      readonly state: string | undefined
    }
  | { readonly kind: 'event'; readonly at: number; readonly instance: string; readonly type: string }
  | {
      /** Something that must not happen. */
      readonly kind: 'odd'
      readonly at: number
      readonly instance: string
      readonly text: string
    }

interface FlushedReply {
  readonly epoch: number
  readonly state: State
  readonly dropped: string
  /** Of the window, with these calls. */
  readonly successes: number
  readonly failures: number
}

export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>

export function entriesOf<Kind extends Entry['kind']>(
  entries: readonly Entry[],
  kind: Kind,
): readonly EntryOf<Kind>[] {
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind)
}

/** Milliseconds of the machine's monotonic clock: the same in all processes. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
