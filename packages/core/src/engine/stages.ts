import type { Call } from '../call.ts'
import type { Rejection } from '../error.ts'
import type { Guard } from '../guard.ts'
import type { Ending } from '../outcome.ts'
import type { Reaction } from '../policy.ts'
import type { Ticket, Wait } from '../wait.ts'

/**
 * One part on the way of a call: a guard or a reaction. Its methods are taken out once, so that the way of every call
 * looks alike to the engine whatever parts it leads through. They are called on the part.
 */
export class Stage {
  readonly part: Guard | Reaction
  /** Of a `deadline` the tickets that are numbers are deadlines. */
  readonly role: 'guard' | 'deadline' | 'reaction'
  /** How a call goes in: a guard's `admit`, a reaction's `begin`. */
  readonly enter: ((call: Call, now: number) => Ticket | Wait | Rejection) | undefined
  readonly settle: Guard['settle'] | Reaction['settle']
  readonly release: Guard['release']

  constructor(part: Guard | Reaction) {
    this.part = part
    this.settle = part.settle
    if ('recover' in part) {
      this.role = 'reaction'
      this.enter = part.begin
      this.release = undefined
    } else {
      this.role = part.expire === undefined ? 'guard' : 'deadline'
      this.enter = part.admit
      this.release = part.release
    }
  }
}

/** The error with which a guard answers a deadline that has passed; nothing where it lets it pass. */
export function expiry({ part }: Stage, call: Call, now: number): { readonly error: unknown } | undefined {
  try {
    const error = (part as Guard).expire?.(call, now)
    return error === undefined ? undefined : { error }
  } catch (error) {
    return { error }
  }
}

/** Whether the reaction lets the ending pass; what it throws takes the outcome's place. */
export function passes(
  { part, settle }: Stage,
  ticket: Ticket,
  ending: Ending,
  call: Call,
  now: number,
): boolean | { readonly error: unknown } {
  try {
    return (settle as Reaction['settle']).call(part as Reaction, ticket, ending, call, now)
  } catch (error) {
    return { error }
  }
}
