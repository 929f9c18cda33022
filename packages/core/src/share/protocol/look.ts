import { living, remainingMs } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import type { CircuitReply } from './flush.ts'
import type { OverrideState } from './message.ts'
import { livingOverride } from './override-record.ts'
import type { OverrideRecord } from './override-record.ts'

/** Reads a circuit and what operators say of it; changes nothing. */
export interface LookRequest {
  readonly type: 'look'
  readonly id: string
}

export interface OverrideReply {
  readonly epoch: number
  readonly state: OverrideState
  readonly remainingMs: number
  readonly by: string
  readonly why: string
}

export interface LookReply extends CircuitReply {
  readonly type: 'look'
  readonly override: OverrideReply
}

export function look(found: BreakerRecord, said: OverrideRecord, now: number): LookReply {
  const record = living(found, now)
  const { epoch, status, openings } = record
  const override = livingOverride(said, now)
  return {
    type: 'look',
    epoch,
    status,
    remainingMs: remainingMs(record, now),
    openings,
    override: {
      epoch: override.epoch,
      state: override.state,
      remainingMs: override.state === 'none' ? 0 : override.until - now,
      by: override.by,
      why: override.why,
    },
  }
}
