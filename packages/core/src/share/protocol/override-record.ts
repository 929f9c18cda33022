import { nextEpoch } from './breaker-record.ts'
import type { OverrideState } from './message.ts'
import { absurdMs } from './status.ts'
import type { Step } from './step.ts'

/** What operators say of a circuit: the twin of the keys `o` and `a`. */
export interface OverrideRecord {
  readonly epoch: number
  readonly state: OverrideState
  readonly until: number
  /** How long it was meant to last. */
  readonly forMs: number
  readonly by: string
  readonly why: string
  /** Of the command that was carried out last: carried out again it changes nothing. */
  readonly request: string
  readonly expiresAt: number
  /** The newest last. */
  readonly audit: readonly AuditEntry[]
  readonly auditExpiresAt: number
}

/** What an operator once said of a circuit. */
export interface AuditEntry {
  /** Milliseconds since 1970, on the server's clock. */
  readonly at: number
  readonly state: OverrideState
  readonly forMs: number
  readonly by: string
  readonly why: string
  /** The circuit's name as people write it. */
  readonly name: string
}

export const emptyOverride: OverrideRecord = {
  epoch: 0,
  state: 'none',
  until: 0,
  forMs: 0,
  by: '',
  why: '',
  request: '',
  expiresAt: 0,
  audit: [],
  auditExpiresAt: 0,
}

/** How many entries the audit keeps, and for how long after the last, in milliseconds. */
export const auditLength = 1_000
const auditKeepMs: number = 30 * absurdMs

/** An override that has ended by time has no effect, whether or not anybody has taken it away. */
export function livingOverride(record: OverrideRecord, now: number): OverrideRecord {
  const { audit, auditExpiresAt, epoch } = record
  const kept = { audit: now >= auditExpiresAt ? [] : audit, auditExpiresAt }
  if (now >= record.expiresAt) return { ...emptyOverride, ...kept }
  if (now >= record.until || record.state === 'none')
    return { ...record, ...kept, epoch, state: 'none', by: '', why: '' }
  return { ...record, ...kept, until: Math.min(record.until, now + record.forMs) }
}

/** Says something of a circuit, or takes back what was said. */
export interface ControlRequest {
  readonly type: 'control'
  readonly id: string
  readonly name: string
  readonly state: OverrideState
  /** 0 for `none`, else 1 ms to 24 h. */
  readonly forMs: number
  readonly by: string
  readonly why: string
  /** Names this command, so that sending it twice does it once. */
  readonly request: string
}

export interface ControlReply {
  readonly type: 'control'
  readonly epoch: number
  readonly state: OverrideState
  readonly remainingMs: number
}

/** Sets or clears an override, writes the audit, and tells all instances. */
export function control(
  found: OverrideRecord,
  request: ControlRequest,
  now: number,
): Step<OverrideRecord, ControlReply> {
  const record = livingOverride(found, now)
  const { id, state, by, why, name } = request
  if (record.request === request.request) return { record: found, reply: replyOf(record, now) }
  const forMs = state === 'none' ? 0 : Math.min(request.forMs, absurdMs)
  const epoch = nextEpoch(record.epoch, now)
  const said: OverrideRecord = {
    epoch,
    state,
    until: now + forMs,
    forMs,
    by,
    why,
    request: request.request,
    // Its epoch must outlive it, or a late message of an earlier override would be news.
    expiresAt: now + forMs + absurdMs,
    audit: [...record.audit, { at: now, state, forMs, by, why, name }].slice(-auditLength),
    auditExpiresAt: now + auditKeepMs,
  }
  return {
    record: said,
    reply: replyOf(said, now),
    message: { type: 'override', id, epoch, state, remainingMs: forMs },
  }
}

function replyOf({ epoch, state, until }: OverrideRecord, now: number): ControlReply {
  return { type: 'control', epoch, state, remainingMs: state === 'none' ? 0 : until - now }
}
