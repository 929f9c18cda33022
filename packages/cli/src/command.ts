import type { Flags, Given } from './flags.ts'
import type { Operator } from './operator.ts'
import type { Paint } from './paint.ts'
import type { Surroundings } from './surroundings.ts'

/** What a command may use while it runs. */
export interface Workplace {
  readonly around: Surroundings
  readonly paint: Paint
  /** Whether a program reads what is printed. */
  readonly json: boolean
}

/** The same with a connection to where the fleet shares its state. */
export interface FleetWorkplace extends Workplace {
  readonly operator: Operator
}

/** One command of the program. */
export type Command = FleetCommand | LocalCommand

/** A command that speaks to the server of a fleet. */
export interface FleetCommand extends Described {
  readonly kind: 'fleet'
  /** Looks at what was given, and throws where that makes no sense; what it returns is done once there is a connection. */
  plan(given: Given, around: Surroundings): (place: FleetWorkplace) => Promise<void>
}

/** A command that needs no server. */
export interface LocalCommand extends Described {
  readonly kind: 'local'
  /** Looks at what was given, and throws where that makes no sense; what it returns is done then. */
  plan(given: Given, around: Surroundings): (place: Workplace) => Promise<void>
}

interface Described {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** What stands behind its name. */
  readonly usage: string
  readonly flags: Flags
  /** How many it needs and takes at most of what it is about, and what that is. */
  readonly names: readonly [least: number, most: number, what: 'NAME' | 'FILE']
  /** More about it, for its help. */
  readonly details: string
}
