/** Where a limit begins and how far it may move. */
export interface LimitBounds {
  readonly initial: number
  readonly minimum: number
  readonly maximum: number
}

/** What is known from one window to the next. */
export interface LimitState {
  /** The limit before it is rounded down. */
  readonly size: number
  /** Whether fewer are let in for a moment, to learn how long calls take that do not wait. */
  readonly probing: boolean
}

export interface Durations {
  readonly calls: number
  readonly totalMs: number
}

/** What has ended within one window. */
export interface LimitWindow {
  readonly served: Durations
  /** Those of the served that were light: they began beside few others. */
  readonly light: Durations
  readonly dropped: Durations
  /** The most that ran when one of them began, itself included. */
  readonly peak: number
}

/** How a limit is found. */
export interface LimitMachine<State extends LimitState> {
  first(bounds: LimitBounds): State
  /** How many may run: a whole number. */
  limitOf(state: State, bounds: LimitBounds): number
  /** How many run at most, itself included, when a light call begins. */
  lightestOf(state: State): number
  /** From which duration on a call says that the limit is too large, though nobody waited for its end. */
  slowMsOf(state: State): number
  /** The longest duration that is told from longer ones. */
  longestMsOf(state: State): number
  windowMsOf(state: State): number
  /** How many ends a window holds at least. */
  fewestOf(state: State): number
  step(state: State, window: LimitWindow, bounds: LimitBounds): State
}

export function within({ minimum, maximum }: LimitBounds, size: number): number {
  return Math.min(maximum, Math.max(minimum, size))
}

export function meanOf({ calls, totalMs }: Durations): number | undefined {
  return calls === 0 ? undefined : totalMs / calls
}
