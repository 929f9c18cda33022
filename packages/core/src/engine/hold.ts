import type { Operation } from '../call.ts'
import type { CallRecord } from './call-record.ts'

/** What an operation returns whose end is told by `Run.end`. */
export const held: unique symbol = Symbol('held')

/** The options of a call whose work is not one function. */
export interface Holder {
  begun(call: CallRecord): unknown
}

/** What a call under an admission has for its operation. */
export const hold: Operation = (call) => ((call as CallRecord).options as Holder).begun(call as CallRecord)
