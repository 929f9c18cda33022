import { ScenarioError } from '../scenario-error.ts'
import { nearest } from './nearest.ts'

/** Refuses what is none of the known. */
export function checkKnown(path: string, found: string, what: string, known: readonly string[]): void {
  if (!known.includes(found))
    throw new ScenarioError(path, `expected ${what}, not "${found}"; ${hint(found, known)}`)
}

/** What somebody may have meant by a word that is not known. */
export function hint(found: string, known: readonly string[]): string {
  const meant = nearest(found, known)
  if (meant !== undefined) return `did you mean ${meant}?`
  return known.length === 0 ? 'there is none' : `known are ${[...new Set(known)].join(', ')}`
}
