import type { EventBody, EventHeader } from '@holdfast/core'
import type { Fault } from './fault.ts'

export type FaultEvent = FaultStarted | FaultStopped | FaultInjected

/** Switched on. */
export interface FaultStarted {
  readonly type: 'fault.started'
  readonly policy: string
  /** The fault's id. */
  readonly id: string
  readonly fault: Fault
}

/** Switched off, or over. */
export interface FaultStopped {
  readonly type: 'fault.stopped'
  readonly policy: string
  readonly id: string
  /** To how many calls it has done something. */
  readonly calls: number
}

/** It has done something to a call. */
export interface FaultInjected {
  readonly type: 'fault.injected'
  readonly policy: string
  readonly id: string
  readonly fault: Fault
}

/** Tells the events of fault injection, which are no part of `HoldfastEvent`, from others of a pipeline. */
export function isFaultEvent(event: EventBody): event is FaultEvent & EventHeader {
  return event.type.startsWith('fault.')
}
