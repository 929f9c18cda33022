import type { Clock, Store } from '@holdfast/core'
import type { Injection } from './injection.ts'
import type { ReplicaReport } from './report.ts'

/** As much of a call as what is sent for it needs. A `Call` of core is one. */
export interface Attempt {
  readonly endpoint: { readonly id: string } | undefined
  readonly cancelled: boolean
  readonly reason: unknown
  /** Calls `listener` once when the attempt is cut short. Returns how to stop listening. */
  onCancel(listener: (reason: unknown) => void): () => void
}

/** One request on its way to a replica. */
export interface Outgoing {
  /** The instance that sends it. */
  readonly from: string
  readonly replica: string
  readonly key: string | undefined
  readonly attempt: Attempt
}

/** Where a scenario is played: its services, what lies before them, and how faults get into them. */
export interface Ground {
  readonly kind: 'simulated' | 'real'
  readonly clock: Clock
  /** Rejects with what a client would hear; as soon as the attempt is cut short, with its reason. */
  send(request: Outgoing): Promise<unknown>
  /** Lets a fault of services, networks or the store begin, or end. */
  inject(injection: Injection, on: boolean): void
  /** A connection of one more instance to the store. */
  connect(instance: string): Store
  /** Goes on to the moment `at`, or until `goesOn` says no. */
  run(at: number, goesOn?: () => boolean): Promise<void>
  /** What came to each replica, so far. */
  replicas(): Promise<Readonly<Record<string, ReplicaReport>>>
  close(): Promise<void>
}
