import type { Flags, Given } from './flags.ts'
import type { Operator } from './operator.ts'
import type { Paint } from './paint.ts'
import type { Surroundings } from './surroundings.ts'

/** What a command may use while it runs. */
export interface Workplace {
  readonly operator: Operator
  readonly around: Surroundings
  readonly paint: Paint
  /** Whether a program reads what is printed. */
  readonly json: boolean
}

/** One command of the program. */
export interface Command {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** What stands behind its name. */
  readonly usage: string
  readonly flags: Flags
  /** How many names it needs and takes at most. */
  readonly names: readonly [least: number, most: number]
  /** More about it, for its help. */
  readonly details: string
  /** Looks at what was given, and throws where that makes no sense; what it returns is done once there is a connection. */
  plan(given: Given, around: Surroundings): (place: Workplace) => Promise<void>
}
