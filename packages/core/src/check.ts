/**
 * A part or a pipeline was given something it cannot work with. Thrown when it is made or updated; by a call only
 * where a function among the options answers what cannot be a duration.
 */
export class HoldfastConfigError extends TypeError {
  readonly code = 'ERR_HOLDFAST_CONFIG'
  override readonly name = 'HoldfastConfigError'
}

/** Says what a value must be, or nothing when it is that. */
export type Rule = (value: unknown) => string | undefined

/**
 * Holds `options` against one rule an option and returns a frozen copy: each is read once, so what was checked is
 * what is used, and what a part describes cannot be changed. An option left out or undefined passes; one without a
 * rule does not. Errors speak of the part by the name among its options, or else as `part`.
 */
export function checkOptions<Options>(
  part: string,
  options: Options,
  rules: Readonly<Record<string, Rule>>,
): Options {
  return readable(part, () => {
    const given = membersOf(part, options)
    const name = 'name' in rules && text(given['name']) === undefined ? String(given['name']) : part
    const unknown = Object.keys(given).find((option) => !Object.hasOwn(rules, option))
    if (unknown !== undefined) {
      const known = Object.keys(rules).join(', ')
      throw new HoldfastConfigError(`${name}: unknown option '${unknown}'; known are ${known}`)
    }
    for (const [option, rule] of Object.entries(rules)) {
      if (!Object.hasOwn(given, option) && inherits(options, option)) {
        throw new HoldfastConfigError(`${name}: ${option} must be the options' own, not inherited`)
      }
      const value = given[option]
      const demand = value === undefined ? undefined : rule(value)
      if (demand !== undefined) {
        throw new HoldfastConfigError(`${name}: ${option} must be ${demand}, not ${show(value)}`)
      }
    }
    // The members are those of `options`.
    return Object.freeze(given) as Options
  })
}

/** The options that are given, in a copy; those that are undefined are left out. */
export function givenOptions(part: string, options: object): Readonly<Record<string, unknown>> {
  const all = readable(part, () => Object.entries(membersOf(part, options)))
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

function inherits(options: unknown, option: string): boolean {
  return typeof options === 'object' && options !== null && option in options
}

function membersOf(part: string, options: unknown): Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new HoldfastConfigError(`${part}: options must be an object, not ${show(options)}`)
  }
  return { ...options }
}

/** What the user's own getters throw is no fault of ours, but the options are then of no use. */
function readable<Result>(part: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof HoldfastConfigError) throw cause
    throw new HoldfastConfigError(`${part}: options could not be read`, { cause })
  }
}

/** Refuses what was left out where there is no default. */
export function required(part: string, option: string, value: unknown, meaning: string): void {
  if (value === undefined) throw new HoldfastConfigError(`${part}: ${option} must be given: ${meaning}`)
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (!Array.isArray(value)) return 'an object'
  return value.length === 0 ? 'an empty array' : 'an array'
}

/** A number within bounds, which are allowed themselves. */
export function number(minimum: number, maximum: number = Number.MAX_VALUE): Rule {
  const bound = maximum === Number.MAX_VALUE ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`
  return (value) =>
    typeof value === 'number' && value >= minimum && value <= maximum ? undefined : `a number ${bound}`
}

/** The same without a fraction. */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Rule {
  const bound =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`
  return (value) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? undefined
      : `an integer ${bound}`
}

/** Milliseconds: finite, and no longer than a safe integer. */
export function durationMs(minimum: number = 0): Rule {
  return (value) =>
    typeof value === 'number' && value >= minimum && value <= Number.MAX_SAFE_INTEGER
      ? undefined
      : `a finite number of milliseconds of at least ${minimum}`
}

/** From 0 to 1. */
export const ratio: Rule = number(0, 1)

export const text: Rule = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a string that is not empty'

export const object: Rule = (value) => (typeof value === 'object' && value !== null ? undefined : 'an object')

export const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'true or false')

export const callable: Rule = (value) => (typeof value === 'function' ? undefined : 'a function')

export function oneOf(...allowed: readonly string[]): Rule {
  return (value) => (allowed.includes(value as string) ? undefined : `one of ${allowed.join(', ')}`)
}

/** What one of two rules lets pass. */
export function either(first: Rule, second: Rule): Rule {
  return (value) => {
    const demand = first(value)
    if (demand === undefined) return undefined
    const other = second(value)
    return other === undefined ? undefined : `${demand}, or ${other}`
  }
}

/** What every part may be given. */
export const partRules: Readonly<Record<string, Rule>> = { name: text }

/** What every guard may be given. */
export const guardRules: Readonly<Record<string, Rule>> = {
  ...partRules,
  mode: oneOf('enforce', 'shadow', 'off'),
}
