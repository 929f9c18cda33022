/** A part or a pipeline was given something it cannot work with. Thrown when it is made or updated, never by a call. */
export class HoldfastConfigError extends TypeError {
  readonly code = 'ERR_HOLDFAST_CONFIG'
  override readonly name = 'HoldfastConfigError'
}

/** Says what a value must be, or nothing when it is that. */
export type Rule = (value: unknown) => string | undefined

/** Holds `options` against one rule an option. An option left out or undefined passes; one without a rule does not. */
export function checkOptions(part: string, options: unknown, rules: Readonly<Record<string, Rule>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new HoldfastConfigError(`${part}: options must be an object, not ${show(options)}`)
  }
  for (const [option, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined
    if (rule === undefined) {
      throw new HoldfastConfigError(
        `${part}: unknown option '${option}'; known are ${Object.keys(rules).join(', ')}`,
      )
    }
    const demand = value === undefined ? undefined : rule(value)
    if (demand !== undefined) {
      throw new HoldfastConfigError(`${part}: ${option} must be ${demand}, not ${show(value)}`)
    }
  }
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

export function number(minimum: number, maximum: number = Number.MAX_VALUE): Rule {
  const bound = maximum === Number.MAX_VALUE ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`
  return (value) =>
    typeof value === 'number' && value >= minimum && value <= maximum ? undefined : `a number ${bound}`
}

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

export const ratio: Rule = number(0, 1)

export const text: Rule = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a string that is not empty'

export const callable: Rule = (value) => (typeof value === 'function' ? undefined : 'a function')

export function oneOf(...allowed: readonly string[]): Rule {
  return (value) => (allowed.includes(value as string) ? undefined : `one of ${allowed.join(', ')}`)
}

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
