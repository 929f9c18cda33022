import { hiddenErrors } from '../check-composition.ts'
import type { Part } from '../policy.ts'

/** What is wrong with where a single flight stands; undefined where nothing is. */
export function misfit(
  name: string,
  givesStale: boolean,
  inner: readonly Part[],
  outer: readonly Part[],
): string | undefined {
  for (const { kind, name: other } of outer) {
    if (kind === 'hedge') {
      return `'${other}' is around '${name}', so another attempt joins the run that it is to overtake; put '${other}' inside`
    }
    if (kind === 'endpoints') {
      return `'${other}' is around '${name}', so calls of one key go different ways, and those that join are timed too short; put '${other}' inside`
    }
    if (kind === 'circuit-breaker' && givesStale) {
      return `'${other}' is around '${name}' and takes a stale value for a success; put '${other}' inside`
    }
  }
  return givesStale ? hiddenErrors(name, inner) : undefined
}
