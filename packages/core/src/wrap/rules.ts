import type { Call } from '../call.ts'
import { HoldfastConfigError } from '../check.ts'
import { Rejection } from '../error.ts'
import { isError } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import type { PartConfig } from '../presets.ts'
import type { ErrorMeaning } from './error-meaning.ts'

export type MeaningOf = (error: unknown) => ErrorMeaning

/** What a call of a wrapped method carries along. */
export function metadataOf(method: string, mayRepeat: boolean): Readonly<Record<string, unknown>> {
  return { method, mayRepeat }
}

/** A part with what the client's errors mean to it, where it is not told otherwise. */
export function withMeaning(client: string, meaningOf: MeaningOf, part: PartConfig): PartConfig {
  const meaning = (outcome: Outcome): ErrorMeaning | 'refused' | 'value' => {
    if (!isError(outcome)) return 'value'
    return outcome.error instanceof Rejection ? 'refused' : meaningOf(outcome.error)
  }
  const retryWhen = (outcome: Outcome, call: Call): boolean => {
    const said = meaning(outcome)
    return said === 'unknown' ? mayRepeat(call) : said !== 'value' && said !== 'answered'
  }
  const isFailure = (outcome: Outcome): boolean | 'ignored' => {
    const said = meaning(outcome)
    return said === 'refused' ? 'ignored' : said === 'undone' || said === 'unknown'
  }
  const isFatal = (outcome: Outcome): boolean => meaning(outcome) === 'answered'
  if (part.kind === 'retry') return { retryWhen, ...part }
  if (part.kind === 'circuit-breaker') return { isFailure, ...part }
  if (part.kind === 'hedge') return { hedgeWhen: mayRepeat, isFatal, ...part }
  if (!choosesEndpoints(part)) return part
  throw new HoldfastConfigError(`${client}: a wrapped client is one endpoint; give fallback a value or run`)
}

function choosesEndpoints(part: PartConfig): boolean {
  return part.kind === 'endpoints' || (part.kind === 'fallback' && 'endpoints' in part)
}

function mayRepeat({ metadata }: Call): boolean {
  return metadata['mayRepeat'] === true
}
