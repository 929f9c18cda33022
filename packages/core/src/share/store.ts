import type { Reply, Request } from './protocol/request.ts'

/**
 * Why a request has no reply. `unreachable`: it was not sent. `not trusted`: nor was it, since the server has not shown
 * that it is the right one. `timeout`: it was sent, and may be carried out yet. The rest is what the server said, or that
 * what it said makes no sense (`malformed`).
 */
export type StoreFailureReason =
  | 'unreachable'
  | 'not trusted'
  | 'timeout'
  | 'out of memory'
  | 'read-only'
  | 'wrong type'
  | 'no permission'
  | 'malformed'
  | 'error'

/** A request has no reply. */
export interface StoreFailure {
  readonly type: 'failure'
  readonly reason: StoreFailureReason
  /** For people. Holds no credentials, no address and no key's content. */
  readonly message: string
}

/** What stands for an answer that a store left out. */
export const noAnswer: StoreFailure = {
  type: 'failure',
  reason: 'malformed',
  message: 'there were fewer answers than requests',
}

/** What becomes of one request. Requests and replies are those of `@holdfast/core/protocol`. */
export type Answer = Reply | StoreFailure

/** Who hears what a store has to say by itself. */
export interface StoreListener {
  /** A push, as `encodeMessage` writes it; may come twice, late, out of order, or be of another version. */
  pushed(text: string): void
  /** Messages are heard from now on: what was pushed before may have been missed. */
  connected(): void
  /**
   * Nothing is heard for the time being; why, as far as it is known. Said once more for every attempt to connect that
   * fails, the first ones too.
   */
  disconnected(failure: StoreFailure): void
}

/**
 * Where instances keep what they share: the port that a backend implements. It carries requests to one place that answers
 * them one after the other as the protocol's functions do, and tells of pushes.
 */
export interface Store {
  /** Begins to connect; returns at once. Called once, before anything else. */
  open(listener: StoreListener): void
  /** One round trip for all. An answer for each request in its order, within bounded time; never rejects. */
  send(requests: readonly Request[]): Promise<readonly Answer[]>
  /** Lets go of everything that it holds. Never rejects. */
  close(): Promise<void>
}
