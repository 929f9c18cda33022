import { absurdMs, statusCodes, statuses } from './status.ts'
import type { Status } from './status.ts'

/** Why there is a new epoch. */
export type ChangeReason =
  | 'tripped'
  | 'probing'
  | 'recovered'
  | 'relapsed'
  | 'restored'
  | 'conflict'
  | 'rebased'

const reasons: readonly string[] = [
  'tripped',
  'probing',
  'recovered',
  'relapsed',
  'restored',
  'conflict',
  'rebased',
] satisfies readonly ChangeReason[]

/** What an operator has said. `none` clears it. */
export type OverrideState = 'none' | 'open' | 'closed' | 'shadow'

export const overrideStates: readonly OverrideState[] = ['none', 'open', 'closed', 'shadow']

/** The whole new state of a circuit, pushed to all instances. */
export interface ChangeMessage {
  readonly type: 'change'
  readonly id: string
  readonly epoch: number
  readonly status: Status
  readonly remainingMs: number
  readonly reason: ChangeReason
  readonly openings: number
}

/** An operator has spoken. By whom and why is read from the server. */
export interface OverrideMessage {
  readonly type: 'override'
  readonly id: string
  readonly epoch: number
  readonly state: OverrideState
  readonly remainingMs: number
}

export type Message = ChangeMessage | OverrideMessage

/** `1|id|epoch|state|remainingMs|reason|openings`, where the state of an override is its number and the reason `override`. */
export function encodeMessage(message: Message): string {
  const { id, epoch, remainingMs } = message
  if (message.type === 'override') {
    return `1|${id}|${epoch}|${overrideStates.indexOf(message.state)}|${remainingMs}|override|0`
  }
  const { status, reason, openings } = message
  return `1|${id}|${epoch}|${statusCodes[status]}|${remainingMs}|${reason}|${openings}`
}

const shape = /^1\|([A-Za-z0-9_.~/-]{1,128})\|(\d{1,16})\|([0-3])\|(\d{1,8})\|([a-z]{1,16})\|(\d{1,9})$/

/** Undefined where the text is no message of this version. */
export function decodeMessage(text: string): Message | undefined {
  const [, id = '', epochText, stateText, remainingText, reason = '', openingsText] = shape.exec(text) ?? []
  if (id === '') return undefined
  const [epoch, remainingMs, openings] = [Number(epochText), Number(remainingText), Number(openingsText)]
  if (!Number.isSafeInteger(epoch) || remainingMs > absurdMs) return undefined
  if (reason === 'override') {
    const state = overrideStates[Number(stateText)]
    return state === undefined ? undefined : { type: 'override', id, epoch, state, remainingMs }
  }
  const status = statuses[Number(stateText)]
  if (status === undefined || !reasons.includes(reason)) return undefined
  // It is one of the reasons.
  return { type: 'change', id, epoch, status, remainingMs, reason: reason as ChangeReason, openings }
}
