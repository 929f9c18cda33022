/** What a part says happened. Each part declares its own events beside itself. */
export interface EventBody {
  /** A fact, such as `circuit.open`. */
  readonly type: string
  /** The part's name. */
  readonly policy: string
}

/** What an event is about: a call, or as much of one as is concerned. */
export interface EventSubject {
  readonly key?: string | undefined
  readonly endpoint?: { readonly id: string } | undefined
  readonly attempt?: number
}

/** What the pipeline adds to every event. */
export interface EventHeader {
  readonly pipeline: string
  readonly key: string | undefined
  /** The endpoint's id. */
  readonly endpoint: string | undefined
  readonly attempt: number | undefined
  /** On the pipeline's clock, in milliseconds. */
  readonly at: number
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: number
}
