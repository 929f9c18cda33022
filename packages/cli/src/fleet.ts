import type { StoreFailureReason } from '@holdfast/core'
import { aliveMs } from '@holdfast/core/protocol'
import type { InspectReply, OverrideState, Status } from '@holdfast/core/protocol'
import type { Operator } from './operator.ts'

/** What an operator has said and is in force. */
interface ForcedState {
  readonly state: Exclude<OverrideState, 'none'>
  readonly remainingMs: number
  readonly by: string
  readonly why: string
}

/** A circuit as `--json` shows it. */
export interface Circuit {
  readonly name: string
  readonly id: string
  /** What the instances have come to by themselves; unreadable where its key holds something else. */
  readonly state: Status | 'unreadable'
  /** How long it stays open yet, in milliseconds. */
  readonly remainingMs: number
  /** How often in a row it has opened without closing. */
  readonly openings: number
  readonly override: ForcedState | null
  /** Why it cannot be read. */
  readonly problem: StoreFailureReason | null
}

type OtherKind = 'bulkhead' | 'rate-limit' | 'retry-budget' | 'endpoints' | 'unknown'

/** Something shared that is no circuit. */
interface OtherObject {
  readonly name: string
  readonly id: string
  readonly kind: OtherKind
}

export interface Fleet {
  readonly instances: number
  readonly circuits: readonly Circuit[]
  readonly others: readonly OtherObject[]
}

/** By the letter that stands in keys. */
const kinds: Readonly<Record<string, OtherKind>> = {
  k: 'bulkhead',
  r: 'rate-limit',
  y: 'retry-budget',
  h: 'endpoints',
}

/** What the instances have registered, by kind. */
export interface Registered {
  readonly instances: number
  readonly circuitIds: readonly string[]
  readonly others: readonly OtherObject[]
}

export async function readRegistry(operator: Operator): Promise<Registered> {
  const { instances, objects } = await operator.ask({ type: 'registry', aliveMs })
  const named = objects.map((object) => ({ letter: object.slice(0, 1), id: object.slice(2) }))
  return {
    instances,
    circuitIds: named.filter(({ letter }) => letter === 'b').map(({ id }) => id),
    others: named
      .filter(({ letter }) => letter !== 'b')
      .map(({ letter, id }) => ({ name: id, id, kind: kinds[letter] ?? 'unknown' })),
  }
}

/** Everything that is shared, circuits with their state. */
export async function readFleet(operator: Operator): Promise<Fleet> {
  const { instances, circuitIds, others } = await readRegistry(operator)
  return { instances, circuits: await readCircuits(operator, circuitIds), others }
}

export async function readCircuits(operator: Operator, ids: readonly string[]): Promise<readonly Circuit[]> {
  // The newest entry of the audit has the name of a circuit whose id is a digest.
  const answers = await operator.askAll(ids.map((id) => ({ type: 'inspect', id, entries: 1 }) as const))
  const circuits = answers.map((answer, index) => {
    const id = ids[index] ?? ''
    return answer.type === 'failure' ? unreadable(id, answer.reason) : circuitFrom(id, answer)
  })
  return circuits.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

function circuitFrom(id: string, { status, remainingMs, openings, override, audit }: InspectReply): Circuit {
  const name = id.startsWith('~') ? (audit[0]?.name ?? id) : id
  return { name, id, state: status, remainingMs, openings, override: forcedBy(override), problem: null }
}

function forcedBy({ state, remainingMs, by, why }: InspectReply['override']): ForcedState | null {
  return state === 'none' ? null : { state, remainingMs, by, why }
}

function unreadable(id: string, problem: StoreFailureReason): Circuit {
  return { name: id, id, state: 'unreadable', remainingMs: 0, openings: 0, override: null, problem }
}
