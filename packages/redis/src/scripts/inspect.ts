import { absurdMs, overrideStates } from '@holdfast/core/protocol'
import type { AuditEntry, InspectRequest } from '@holdfast/core/protocol'
import { keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { longestText, seenIn } from './look.ts'

export const inspect: Encoding<InspectRequest> = {
  parts: ['prelude', 'operator', 'status', 'circuit', 'override', 'inspect'],
  keys: ({ id }, prefix) => [keyOf(prefix, 'b', id, 'a')],
  args: ({ id, entries }, prefix) => [keyOf(prefix, 'b', id, 'c'), keyOf(prefix, 'b', id, 'o'), entries],
  decode(reply, { entries }) {
    if (!Array.isArray(reply)) return undefined
    const seen = seenIn(reply.slice(0, -1))
    const told: unknown = reply.at(-1)
    if (seen === undefined || !Array.isArray(told) || told.length > entries) return undefined
    // Operators may add to the audit what they like: what is no entry is left out.
    const audit = told.map(entryIn).filter((entry) => entry !== undefined)
    return { type: 'inspect', ...seen, audit }
  },
}

function entryIn(flat: unknown): AuditEntry | undefined {
  if (!Array.isArray(flat) || !flat.every((part) => typeof part === 'string')) return undefined
  const fields = new Map(flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1] ?? '']] : [])))
  const numbers = ['at', 'state', 'for'].map((field) => numberIn(fields.get(field)))
  const [at, state, forMs] = numbersIn(numbers, [unbounded, overrideStates.length - 1, absurdMs]) ?? []
  const [by, why, name] = ['by', 'why', 'name'].map((field) => fields.get(field)?.slice(0, longestText))
  if (at === undefined || state === undefined || forMs === undefined) return undefined
  if (by === undefined || why === undefined || name === undefined) return undefined
  return { at, state: overrideStates[state] ?? 'none', forMs, by, why, name }
}

function numberIn(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : -1
}
