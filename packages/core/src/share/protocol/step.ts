import type { Message } from './message.ts'

/** What one request does to a record: the record after it, the answer, and what all instances are told. */
export interface Step<Record, Reply> {
  readonly record: Record
  readonly reply: Reply
  readonly message?: Message
}
