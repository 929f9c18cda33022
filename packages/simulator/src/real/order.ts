import type { ReplicaReport } from '../report.ts'
import type { Scenario } from '../scenario.ts'

/** What a replica's process is to be. */
export interface Role {
  readonly scenario: Scenario
  readonly replica: string
  readonly seed: number
  /** Where it reaches each replica of the services that it depends on. */
  readonly ports: Readonly<Record<string, number>>
}

/** What the process of a replica is told, and what it says to that. */
export type Order =
  | ({ readonly type: 'begin' } & Role)
  /** By its place in the scenario's list. It says nothing to that. */
  | { readonly type: 'inject'; readonly place: number; readonly on: boolean }
  | { readonly type: 'report' }

export type News =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'begun' }
  | { readonly type: 'reported'; readonly report: ReplicaReport }
