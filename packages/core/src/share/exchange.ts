import type { Message } from './protocol/message.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { StoreFailure } from './store.ts'

/** For how long keys that hold what is of no use are left alone, in milliseconds. */
export const brokenMs = 5_000

/** Whether a failure is of one object's own keys, and says nothing of the link. */
export function isOfKeys({ reason }: StoreFailure): boolean {
  return reason === 'wrong type' || reason === 'malformed'
}

/**
 * What the numbers of an exchange's requests begin after. Its requests are more than a millisecond apart, so whoever has the
 * same name later begins with a higher number.
 */
export function sequenceAt(now: number): number {
  return Math.max(0, Math.floor(now))
}

/** When and in which state of the link a reply came. On the clock of the share. */
export interface Moment {
  readonly now: number
  /** Before the request was sent: what was granted is counted from here. */
  readonly sentAt: number
}

/** One shared object as the dispatcher sees it: something that now and then wants to say something to the server. */
export interface Exchange {
  /** What it is to the server, for the list of names: kind and id. */
  readonly registered: string
  /** The moment at which it wants to send; `Infinity` where it has nothing to say. */
  readonly dueAt: number
  /** How much earlier it may be sent, to go with others. */
  readonly slackMs: number
  /** Whether anything has come from the server within so many milliseconds. */
  heardWithin(ms: number, now: number): boolean
  /** Takes what is to be said now. Not asked again before it has been answered. */
  request(now: number): Request | undefined
  /** What is asked to find out the state, where nothing else has told it; undefined where there is nothing to find out. */
  inquiry(): Request | undefined
  /** What has been pushed about it. */
  pushed?(message: Message, now: number): void
  answered(request: Request, reply: Reply, moment: Moment): void
  failed(request: Request, failure: StoreFailure, moment: Moment): void
  /** The link has gone (`false`) or come back. */
  linked(up: boolean, now: number): void
  /** The process may have stood still: nothing that was granted before can be relied on. */
  stalled(now: number): void
  /** What gives back all that it holds. It says nothing afterwards. */
  farewell(now: number): readonly Request[]
}
