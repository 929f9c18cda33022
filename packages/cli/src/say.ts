import { randomUUID } from 'node:crypto'
import type { OverrideState } from '@holdfast/core/protocol'
import type { FleetWorkplace } from './command.ts'
import type { Named } from './find.ts'
import type { Reason } from './reason.ts'
import { saidBy, sayState } from './show.ts'
import { json, printable } from './text.ts'

/** What is to be said of a circuit; `none` takes back what was said. */
export interface Statement extends Reason {
  readonly state: OverrideState
  readonly forMs: number
}

/** Says something of a circuit to all instances, and prints what is in force then. */
export async function say(place: FleetWorkplace, { id, name }: Named, statement: Statement): Promise<void> {
  const { operator, around, json: wantsJson } = place
  const request = randomUUID()
  const reply = await operator.ask({ type: 'control', id, name, request, ...statement })
  const { by, why } = statement
  const { state, remainingMs } = reply
  const override = state === 'none' ? null : { state, remainingMs, by, why }
  const line = wantsJson
    ? json({ name, id, override })
    : `${printable(name)}: ${sayState(state, remainingMs)} ${saidBy(statement)}`
  around.out.write(`${line}\n`)
}
