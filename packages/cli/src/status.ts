import type { FleetCommand } from './command.ts'
import { find } from './find.ts'
import { readCircuits, readFleet, readRegistry } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import type { Operator } from './operator.ts'
import { fleetLines } from './show.ts'
import { json } from './text.ts'

export const status: FleetCommand = {
  kind: 'fleet',
  name: 'status',
  summary: 'shows what the fleet shares: the state of each circuit, and what operators have said of it',
  usage: '[NAME]',
  flags: {},
  names: [0, 1, 'NAME'],
  details: `Without NAME: every circuit that an instance has registered, with its state, how long it stays open yet, how
often in a row it has opened, and what an operator has said of it; then what else is shared.`,
  plan({ names: [name] }) {
    return async ({ operator, around: { out }, paint, json: wantsJson }) => {
      const fleet = name === undefined ? await readFleet(operator) : await readOne(operator, name)
      const lines = wantsJson ? [json(fleet)] : fleetLines(fleet, paint, out.columns)
      out.write(`${lines.join('\n')}\n`)
    }
  },
}

async function readOne(operator: Operator, given: string): Promise<Fleet> {
  const { name, id } = await find(operator, given, 'spoken of')
  const [{ instances }, circuits] = await Promise.all([readRegistry(operator), readCircuits(operator, [id])])
  return { instances, circuits: circuits.map((circuit) => ({ ...circuit, name })), others: [] }
}
