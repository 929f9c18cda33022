import { connectionMeaning } from './error-meaning.ts'
import type { ErrorMeaning } from './error-meaning.ts'

/** By the first word of a reply. The others are answers, `MOVED` and `ASK` too: to follow them is the client's business. */
const replies: Readonly<Record<string, ErrorMeaning>> = {
  BUSY: 'undone',
  CLUSTERDOWN: 'undone',
  LOADING: 'undone',
  MASTERDOWN: 'undone',
  NOREPLICAS: 'undone',
  OOM: 'undone',
  READONLY: 'undone',
  // Its keys are on their way from one node to another.
  TRYAGAIN: 'again',
}

/** What an error of a Redis client says: `ioredis`, `redis`, or any that hands on the words of the server. */
export function redisMeaning(error: unknown): ErrorMeaning {
  const message = error instanceof Error ? error.message : ''
  const word = /^[A-Z]{2,}(?= |$)/.exec(message)?.[0]
  if (word !== undefined) return replies[word] ?? 'answered'
  return /isn't writeable/.test(message) ? 'undone' : connectionMeaning(error)
}
