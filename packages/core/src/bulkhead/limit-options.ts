import { callable, checkOptions, HoldfastConfigError, integer, oneOf } from '../check.ts'
import type { Rule } from '../check.ts'
import { Rejection } from '../error.ts'
import { isError } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { TimeoutError } from '../timeout-error.ts'

/** A limit that is found by how calls end. */
export interface AdaptiveLimitOptions {
  /**
   * By what. `durations`: it grows while calls take no longer than alone, and shrinks when they do, or are dropped. `drops`:
   * it shrinks only where calls are dropped and those that are served are slow too, however long they take otherwise.
   * Default `durations`.
   */
  readonly by?: 'durations' | 'drops'
  /** Where it begins. Default 20, or what `minimum` and `maximum` leave next to it; by drops: the maximum. */
  readonly initial?: number
  /** Default 1. */
  readonly minimum?: number
  /** Default 1 000. */
  readonly maximum?: number
  /**
   * Whether an outcome says that there was too much to do; it shrinks the limit by its share. Default: timeouts, and what
   * another pipeline's guard refused. Other errors say nothing of the limit.
   */
  readonly isDrop?: (outcome: Outcome) => boolean
}

const rules: Readonly<Record<string, Rule>> = {
  by: oneOf('durations', 'drops'),
  initial: integer(1),
  minimum: integer(1),
  maximum: integer(1),
  isDrop: callable,
}

/** The options with their defaults. */
export type AdaptiveSettings = Required<AdaptiveLimitOptions>

export function checkLimit(part: string, asked: AdaptiveLimitOptions): AdaptiveSettings {
  const given = checkOptions(`${part}.limit`, asked, rules)
  const { by = 'durations', minimum = 1, maximum = Math.max(1_000, minimum), isDrop = isOverload } = given
  const { initial = by === 'drops' ? maximum : Math.min(maximum, Math.max(minimum, 20)) } = given
  if (minimum > initial || initial > maximum) {
    throw new HoldfastConfigError(
      `${part}: limit.initial must be from limit.minimum to limit.maximum, not ${initial} of ${minimum} to ${maximum}`,
    )
  }
  return { by, initial, minimum, maximum, isDrop }
}

/** What is in force, as plain data. */
export function describedLimit(settings: AdaptiveSettings): Readonly<Record<string, unknown>> {
  const { by, initial, minimum, maximum } = settings
  return { by, initial, minimum, maximum }
}

/** What says so unless the user does: timeouts, and what another pipeline refused. */
export function isOverload(outcome: Outcome): boolean {
  if (!isError(outcome)) return false
  return outcome.error instanceof TimeoutError || outcome.error instanceof Rejection
}
