import { checkOptions, HoldfastConfigError, integer, number, oneOf, show } from '../check.ts'
import type { Rule } from '../check.ts'
import { tripReasons } from './machine.ts'
import type { CircuitSnapshot } from './snapshot.ts'

const finite: Rule = number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

const count: Rule = integer(0, 2 ** 31 - 1)

const listOf =
  (rule: Rule, what: string): Rule =>
  (value) =>
    Array.isArray(value) && value.every((each) => rule(each) === undefined) ? undefined : `a list of ${what}`

/** A cell is [age, calls, failures, slow, ignored]. */
const cell: Rule = (value) => {
  if (!Array.isArray(value) || value.length !== 5) return 'five counts'
  const [, calls, ...parts] = value as number[]
  const possible = value.every((each) => count(each) === undefined)
  return possible && parts.every((part) => part <= Number(calls)) ? undefined : 'counts'
}

const rules: Readonly<Record<string, Rule>> = {
  kind: oneOf('closed', 'open', 'half-open'),
  generation: integer(1),
  sinceMs: finite,
  cellMs: number(0),
  cells: listOf(cell, 'cells, each [age, calls, failures, slow, ignored]'),
  consecutive: integer(0),
  recovered: (value) => (typeof value === 'boolean' ? undefined : 'a boolean'),
  remainingMs: finite,
  openings: integer(0),
  reason: oneOf(...tripReasons),
  probes: (value) => (typeof value === 'object' && value !== null ? undefined : 'an object'),
}

const probeRules: Readonly<Record<string, Rule>> = {
  leasesMs: listOf(finite, 'milliseconds'),
  successes: count,
  failures: count,
  returned: count,
}

/** Refuses what `snapshot()` cannot have made. */
export function checkSnapshot(name: string, snapshot: unknown): void {
  if (typeof snapshot !== 'object' || snapshot === null || Array.isArray(snapshot)) {
    throw new HoldfastConfigError(`${name}: a snapshot must be an object, not ${show(snapshot)}`)
  }
  for (const [endpoint, circuit] of Object.entries(snapshot)) {
    const part = `${name}.snapshot[${show(endpoint)}]`
    checkComplete(part, circuit, rules, ['reason', 'probes'])
    const { kind, reason, probes } = circuit as CircuitSnapshot
    if ((kind === 'open') !== (reason !== undefined)) {
      throw new HoldfastConfigError(`${part}: a reason belongs to an open circuit`)
    }
    if ((kind === 'half-open') !== (probes !== undefined)) {
      throw new HoldfastConfigError(`${part}: probes belong to a half-open circuit`)
    }
    if (probes !== undefined) checkComplete(`${part}.probes`, probes, probeRules, [])
  }
}

function checkComplete(
  part: string,
  value: unknown,
  demands: Readonly<Record<string, Rule>>,
  optional: readonly string[],
): void {
  checkOptions(part, value, demands)
  const given = value as Readonly<Record<string, unknown>>
  const missing = Object.keys(demands).filter((key) => given[key] === undefined && !optional.includes(key))
  if (missing.length > 0) throw new HoldfastConfigError(`${part}: ${missing.join(', ')} is missing`)
}
