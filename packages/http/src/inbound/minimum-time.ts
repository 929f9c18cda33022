import { Rejection } from '@holdfast/core'
import type { Call, Guard } from '@holdfast/core'

/** So little time is left that it is not worth beginning. */
export class TooLittleTimeError extends Rejection {
  readonly code = 'ERR_TOO_LITTLE_TIME'
}

export interface MinimumTimeEvent {
  readonly type: 'minimum-time.rejected'
  readonly policy: string
  /** What was left, in milliseconds. */
  readonly leftMs: number
}

/** Refuses calls that have less than `minimumMs` until their deadline. */
export function minimumTime(name: string, minimumMs: number): Guard {
  return {
    kind: 'minimum-time',
    name,
    admit(call, now) {
      const leftMs = call.deadline - now
      return leftMs < minimumMs ? refused(name, leftMs, call) : 0
    },
    describe: () => ({ minimumMs }),
  }
}

function refused(policy: string, leftMs: number, call: Call): Rejection {
  const { key } = call
  if (call.host.observed)
    call.emit({ type: 'minimum-time.rejected', policy, leftMs } satisfies MinimumTimeEvent)
  return new TooLittleTimeError(`${policy}: ${leftMs} ms are too little`, { policy, key })
}
