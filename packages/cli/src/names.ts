import { objectId } from '@holdfast/core'

/** What a pipeline's breaker is called unless it is given a name. */
const usualPart = 'circuit-breaker'

/** With more slashes than this, each is taken for one between names. */
const mostSlashes = 8

const idShape = /^~[0-9a-f]{32}$/

/** What a circuit is called where a name alone is given: that of its pipeline. */
export function fullName(given: string): string {
  return given.includes('/') || idShape.test(given) ? given : `${given}/${usualPart}`
}

/** The shortest that {@link fullName} understands. */
export function shortName(name: string): string {
  const [pipeline = '', part, ...more] = name.split('/')
  return part === usualPart && more.length === 0 ? pipeline : name
}

/**
 * The ids that a name may stand for, the likeliest first: a slash may stand between names, or within one, as in an
 * endpoint that is called by its URL.
 */
export function idsOf(name: string): readonly string[] {
  if (idShape.test(name)) return [name]
  const parts = name.split('/')
  if (parts.length - 1 > mostSlashes) return [objectId(parts)]
  return [...new Set(groupings(parts).map(objectId))]
}

/** All ways to join neighbours; nothing joined comes first. */
function groupings(parts: readonly string[]): readonly (readonly string[])[] {
  const [first = '', ...rest] = parts
  if (rest.length === 0) return [[first]]
  const others = groupings(rest)
  const joined = others.map(([next = '', ...more]) => [`${first}/${next}`, ...more])
  return [...others.map((other) => [first, ...other]), ...joined]
}
