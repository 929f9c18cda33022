import { readAttempt } from '../attempt.ts'
import { readCriticality } from './criticality.ts'
import type { Criticality } from './criticality.ts'
import { readRemainingMs } from '../deadline.ts'
import type { RequestLike } from './request.ts'

interface Limits {
  readonly maximumMs: number
  readonly deadlineHeader: string
  readonly criticalityHeader: string
}

/** What a caller says of its request that is believed. */
export interface Caller {
  /** For how many milliseconds it goes on waiting. */
  readonly leftMs: number | undefined
  readonly criticality: Criticality | undefined
  /** Which attempt of the caller's it is; 1 is the first. */
  readonly attempt: number
}

/** Reads it from the headers: what is not written to the letter says nothing. */
export function callerOf(
  { headers }: RequestLike,
  { maximumMs, deadlineHeader, criticalityHeader }: Limits,
): Caller {
  const header = (name: string): string | undefined => single(headers[name])
  const leftMs = readRemainingMs(header, deadlineHeader)
  return {
    leftMs: leftMs === undefined ? undefined : Math.min(leftMs, maximumMs),
    criticality: readCriticality(header, criticalityHeader),
    attempt: readAttempt(header),
  }
}

/** Two of one kind are no answer. */
function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
