import type { BreakerRecord } from './breaker-record.ts'
import { look } from './look.ts'
import type { LookReply } from './look.ts'
import { livingOverride } from './override-record.ts'
import type { AuditEntry, OverrideRecord } from './override-record.ts'

/** Reads a circuit with its audit, which only operators may; changes nothing. */
export interface InspectRequest {
  readonly type: 'inspect'
  readonly id: string
  /** How many entries of the audit at most, from 0 to `auditLength`. */
  readonly entries: number
}

export interface InspectReply extends Omit<LookReply, 'type'> {
  readonly type: 'inspect'
  /** The newest first. */
  readonly audit: readonly AuditEntry[]
}

export function inspect(
  found: BreakerRecord,
  said: OverrideRecord,
  { entries }: InspectRequest,
  now: number,
): InspectReply {
  const { audit } = livingOverride(said, now)
  const newest = audit.toReversed().slice(0, Math.min(entries, audit.length))
  return { ...look(found, said, now), type: 'inspect', audit: newest }
}
