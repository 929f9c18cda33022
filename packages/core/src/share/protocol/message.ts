import { absurdMs, statuses } from './status.ts'
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

/** Each stands for its place on the wire. */
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
interface OverrideMessage {
  readonly type: 'override'
  readonly id: string
  readonly epoch: number
  readonly state: OverrideState
  readonly remainingMs: number
}

/** The whole new state of one endpoint of the service `id`. */
export interface EndpointMessage extends Omit<ChangeMessage, 'type'> {
  readonly type: 'endpoint'
  readonly endpoint: string
}

/**
 * Why the register of a service has a new epoch: another group is in use because the one before has no healthy endpoint
 * (`failover`) or because an earlier one is well again (`failback`), panic has begun or ended (`calm`), or as a circuit.
 */
export type RegisterReason = 'failover' | 'failback' | 'panic' | 'calm' | 'restored' | 'conflict' | 'rebased'

const registerReasons: readonly string[] = [
  'failover',
  'failback',
  'panic',
  'calm',
  'restored',
  'conflict',
  'rebased',
] satisfies readonly RegisterReason[]

/** The whole new register of the service `id`. */
export interface RegisterMessage {
  readonly type: 'register'
  readonly id: string
  readonly epoch: number
  readonly active: number
  readonly panic: boolean
  readonly reason: RegisterReason
}

export type Message = ChangeMessage | OverrideMessage | EndpointMessage | RegisterMessage

/**
 * `1|id|epoch|state|remainingMs|reason|openings`, where the state of an override is its number and the reason
 * `override`; `1e|service|endpoint|epoch|state|remainingMs|reason|openings`; `1r|service|epoch|active|panic|reason`.
 */
export function encodeMessage(message: Message): string {
  const { id, epoch } = message
  switch (message.type) {
    case 'register':
      return `1r|${id}|${epoch}|${message.active}|${message.panic ? 1 : 0}|${message.reason}`
    case 'override':
      return `1|${id}|${epoch}|${overrideStates.indexOf(message.state)}|${message.remainingMs}|override|0`
    case 'change':
      return `1|${id}|${encodeState(message)}`
    case 'endpoint':
      return `1e|${id}|${message.endpoint}|${encodeState(message)}`
  }
}

function encodeState({ epoch, status, remainingMs, reason, openings }: Omit<ChangeMessage, 'type'>): string {
  return `${epoch}|${statuses.indexOf(status)}|${remainingMs}|${reason}|${openings}`
}

/** The id of a service has at most so many characters, so that a message with two ids has at most 200 bytes too. */
export const longestService = 80

const state = String.raw`(\d{1,16})\|([0-3])\|(\d{1,8})\|([a-z]{1,16})\|(\d{1,9})`
const shape = new RegExp(String.raw`^1\|([A-Za-z0-9_.~/-]{1,128})\|${state}$`)
const endpointShape = new RegExp(
  String.raw`^1e\|([A-Za-z0-9_.~/-]{1,${longestService}})\|([A-Za-z0-9_.~-]{1,64})\|${state}$`,
)
const registerShape = new RegExp(
  String.raw`^1r\|([A-Za-z0-9_.~/-]{1,${longestService}})\|(\d{1,16})\|(\d{1,3})\|([01])\|([a-z]{1,16})$`,
)

/** Undefined where the text is no message of this version. */
export function decodeMessage(text: string): Message | undefined {
  if (text.startsWith('1e')) return decodeEndpoint(text)
  if (text.startsWith('1r')) return decodeRegister(text)
  const [, id = '', ...parts] = shape.exec(text) ?? []
  if (id === '') return undefined
  if (parts[3] !== 'override') return decodeState({ type: 'change', id }, parts)
  const [epoch, remainingMs] = [Number(parts[0]), Number(parts[2])]
  const said = overrideStates[Number(parts[1])]
  if (!Number.isSafeInteger(epoch) || remainingMs > absurdMs || said === undefined) return undefined
  return { type: 'override', id, epoch, state: said, remainingMs }
}

function decodeEndpoint(text: string): EndpointMessage | undefined {
  const [, id = '', endpoint = '', ...parts] = endpointShape.exec(text) ?? []
  return id === '' ? undefined : decodeState({ type: 'endpoint', id, endpoint }, parts)
}

/** Whose state the parts are, with the state. */
function decodeState<Whose extends object>(
  whose: Whose,
  [epochText, statusText, remainingText, reason = '', openingsText]: readonly string[],
): (Whose & Omit<ChangeMessage, 'type' | 'id'>) | undefined {
  const [epoch, remainingMs, openings] = [Number(epochText), Number(remainingText), Number(openingsText)]
  const status = statuses[Number(statusText)]
  if (!Number.isSafeInteger(epoch) || remainingMs > absurdMs) return undefined
  if (status === undefined || !reasons.includes(reason)) return undefined
  // It is one of the reasons.
  return { ...whose, epoch, status, remainingMs, reason: reason as ChangeReason, openings }
}

function decodeRegister(text: string): RegisterMessage | undefined {
  const [, id = '', epochText, active, panic, reason = ''] = registerShape.exec(text) ?? []
  const epoch = Number(epochText)
  if (id === '' || !Number.isSafeInteger(epoch) || !registerReasons.includes(reason)) return undefined
  // It is one of the reasons.
  return {
    type: 'register',
    id,
    epoch,
    active: Number(active),
    panic: panic === '1',
    reason: reason as RegisterReason,
  }
}
