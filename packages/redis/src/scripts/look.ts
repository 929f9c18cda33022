import { absurdMs, overrideStates } from '@holdfast/core/protocol'
import type { LookReply, LookRequest } from '@holdfast/core/protocol'
import { circuitBounds, circuitReply } from './circuit.ts'
import { keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

const bounds = [...circuitBounds, unbounded, overrideStates.length - 1, absurdMs]

/** So much of what an operator wrote is kept in memory. */
export const longestText = 1_000

export const look: Encoding<LookRequest> = {
  parts: ['prelude', 'status', 'circuit', 'override', 'look'],
  keys: ({ id }, prefix) => [keyOf(prefix, 'b', id, 'c')],
  args: ({ id }, prefix) => [keyOf(prefix, 'b', id, 'o')],
  decode(reply) {
    const seen = seenIn(reply)
    return seen && { type: 'look', ...seen }
  },
}

/** What is known of a circuit. Undefined where the reply is of another shape. */
export function seenIn(reply: unknown): Omit<LookReply, 'type'> | undefined {
  if (!Array.isArray(reply)) return undefined
  const numbers = numbersIn(reply.slice(0, bounds.length), bounds)
  const texts: readonly unknown[] = reply.slice(bounds.length)
  const [by, why] = texts
  if (numbers === undefined || texts.length !== 2 || typeof by !== 'string' || typeof why !== 'string')
    return undefined
  const [epoch = 0, state = 0, remainingMs = 0] = numbers.slice(4)
  return {
    ...circuitReply(numbers),
    override: {
      epoch,
      state: overrideStates[state] ?? 'none',
      remainingMs,
      by: by.slice(0, longestText),
      why: why.slice(0, longestText),
    },
  }
}
