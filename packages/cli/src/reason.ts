import { usageError } from './exit.ts'
import type { Flags, Given } from './flags.ts'
import type { Surroundings } from './surroundings.ts'

/** Who speaks, and why: what the audit keeps. */
export interface Reason {
  readonly by: string
  readonly why: string
}

export const reasonFlags: Flags = {
  why: { type: 'string', value: 'TEXT', help: 'the reason, for callers and the audit; must be given' },
  by: { type: 'string', value: 'NAME', help: 'who says so; default: the user' },
}

const longest = { why: 500, by: 100 } as const

export function reasonFrom(given: Given, around: Surroundings): Reason {
  const why = given.text('why')
  if (why === undefined) throw usageError('--why "…" must be given: callers and the audit are told')
  const by = given.text('by') ?? around.user()
  if (by === undefined) throw usageError('--by must be given: the user has no name')
  return { by: checked('by', by), why: checked('why', why) }
}

function checked(flag: keyof typeof longest, text: string): string {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > longest[flag] || /\p{Cc}/u.test(trimmed)) {
    throw usageError(`--${flag} must be one line of 1 to ${longest[flag]} characters`)
  }
  return trimmed
}
