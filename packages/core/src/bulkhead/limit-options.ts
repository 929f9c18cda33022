import { callable, checkOptions, HoldfastConfigError, integer } from '../check.ts'
import type { Rule } from '../check.ts'
import { Rejection } from '../error.ts'
import { isError } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { TimeoutError } from '../timeout-error.ts'
import type { LimitBounds } from './limit-machine.ts'

/** A limit that is found by how calls end: it grows while they take no longer than alone, and shrinks when they do. */
export interface AdaptiveLimitOptions {
  /** Where it begins. Default 20, or what `minimum` and `maximum` leave next to it. */
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
  initial: integer(1),
  minimum: integer(1),
  maximum: integer(1),
  isDrop: callable,
}

/** The options with their defaults. */
export type AdaptiveSettings = Required<AdaptiveLimitOptions>

export function checkLimit(part: string, asked: AdaptiveLimitOptions): AdaptiveSettings {
  const given = checkOptions(`${part}.limit`, asked, rules)
  const { minimum = 1, maximum = Math.max(1_000, minimum), isDrop = isOverload } = given
  const { initial = Math.min(maximum, Math.max(minimum, 20)) } = given
  if (minimum > initial || initial > maximum) {
    throw new HoldfastConfigError(
      `${part}: limit.initial must be from limit.minimum to limit.maximum, not ${initial} of ${minimum} to ${maximum}`,
    )
  }
  return { initial, minimum, maximum, isDrop }
}

export function boundsOf({ initial, minimum, maximum }: AdaptiveSettings): LimitBounds {
  return { initial, minimum, maximum }
}

function isOverload(outcome: Outcome): boolean {
  if (!isError(outcome)) return false
  return outcome.error instanceof TimeoutError || outcome.error instanceof Rejection
}
