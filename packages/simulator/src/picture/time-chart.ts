/** What all charts over time have in common. */
export interface TimeChart {
  /** What it shows. */
  readonly title: string
  /** The axis goes from 0 to this. */
  readonly durationMs: number
  /** What happened meanwhile: shaded and named. Default: nothing. */
  readonly spans?: readonly Span[]
}

/** A time in which something was on. Several of the same label are one thing that comes and goes. */
export interface Span {
  readonly label: string
  readonly fromMs: number
  readonly toMs: number
}
