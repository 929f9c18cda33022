import type { ProbeResult } from '../share/protocol/probe.ts'
import type { SharedProbe } from '../share/probes.ts'
import type { Result } from './machine.ts'
import type { Settings } from './options.ts'
import type { Timed } from './slow-calls.ts'

/** Who gave a pass, and hears how the call ended. */
export interface Gate {
  ended(pass: Pass, result: Result, error: unknown, now: number, settings: Settings): void
}

/** What a call holds that a circuit let through. Calls of one closed generation share one, unless they are timed. */
export class Pass {
  readonly gate: Gate
  readonly generation: number
  /** The fleet's, in which the call counts; 0 where there is none. */
  readonly epoch: number

  constructor(gate: Gate, generation: number, epoch: number) {
    this.gate = gate
    this.generation = generation
    this.epoch = epoch
  }
}

/** The pass of a call that may be slow: of every probe, and of every call where slowness is watched. */
export class TimedPass extends Pass implements Timed {
  readonly startedAt: number
  /** When a probe's turn ends; 0 for a call that is none. */
  readonly lease: number
  overdue = false
  older: Timed | undefined = undefined
  newer: Timed | undefined = undefined

  constructor(gate: Gate, generation: number, epoch: number, startedAt: number, lease: number) {
    super(gate, generation, epoch)
    this.startedAt = startedAt
    this.lease = lease
  }
}

/** What a probe's end means to the fleet. Whoever was cut short has run, so nobody else may run in its place. */
const fleetResults: Readonly<Record<Result, ProbeResult>> = {
  success: 'succeeded',
  failure: 'failed',
  nothing: 'lost',
  unstarted: 'returned',
}

/** The pass of a call that probes for the fleet. */
export class FleetPass extends Pass {
  readonly startedAt: number
  readonly probe: SharedProbe

  constructor(gate: Gate, generation: number, startedAt: number, probe: SharedProbe) {
    super(gate, generation, probe.epoch)
    this.startedAt = startedAt
    this.probe = probe
  }

  /** What the fleet is told of it. */
  resultFor(result: Result, now: number, { slowCallMs }: Settings): ProbeResult {
    const slow = result === 'success' && now - this.startedAt > slowCallMs
    return slow ? 'failed' : fleetResults[result]
  }
}
