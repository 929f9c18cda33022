import { HoldfastConfigError } from '@holdfast/core'

export function refuse(option: string, demand: string, value: unknown): never {
  throw new HoldfastConfigError(`redis: ${option} must be ${demand}, not ${show(value)}`)
}

export function member(option: string, fits: boolean, demand: string, value: unknown): void {
  if (!fits) refuse(option, demand, value)
}

export function text(option: string, value: unknown): string {
  return typeof value === 'string' && value !== ''
    ? value
    : refuse(option, 'a string that is not empty', value)
}

/** The members of an object that has no others than those `known`. */
export function members(
  option: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(option, 'an object', value)
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown === undefined) return { ...value }
  const where = option === 'options' ? '' : `${option}: `
  throw new HoldfastConfigError(`redis: ${where}unknown option '${unknown}'; known are ${known.join(', ')}`)
}

function show(value: unknown): string {
  // It may be a password in the wrong place.
  if (typeof value === 'string') return value === '' ? 'an empty one' : 'a string'
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
