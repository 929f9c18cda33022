import { auditLength } from '@holdfast/core/protocol'
import type { AuditEntry } from '@holdfast/core/protocol'
import type { FleetCommand } from './command.ts'
import { usageError } from './exit.ts'
import { find } from './find.ts'
import type { Flags, Given } from './flags.ts'
import { sayState } from './show.ts'
import { table } from './table.ts'
import { json, printable } from './text.ts'

const defaultEntries = 20

const flags: Flags = {
  last: { type: 'string', value: 'COUNT', help: `how many entries; default ${defaultEntries}` },
}

export const audit: FleetCommand = {
  kind: 'fleet',
  name: 'audit',
  summary: 'lists what was said of a circuit, by whom and why, the newest first',
  usage: 'NAME [--last COUNT]',
  flags,
  names: [1, 1, 'NAME'],
  details: `The last ${auditLength} entries are kept, until 30 days after the newest.`,
  plan(given) {
    const entries = entriesFrom(given)
    const [wanted = ''] = given.names
    return async ({ operator, around: { out }, paint, json: wantsJson }) => {
      const { name, id } = await find(operator, wanted, 'spoken of')
      const { audit: found } = await operator.ask({ type: 'inspect', id, entries })
      const lines = wantsJson
        ? [json({ name, id, entries: found.map(shapeOf) })]
        : found.length === 0
          ? [`nothing was said of ${printable(name)}`]
          : table(['WHEN', 'WHAT', 'BY', 'WHY'], found.map(rowOf), paint, out.columns)
      out.write(`${lines.join('\n')}\n`)
    }
  },
}

function entriesFrom(given: Given): number {
  const text = given.text('last') ?? String(defaultEntries)
  const entries = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (entries < 1 || entries > auditLength)
    throw usageError(`--last must be a number from 1 to ${auditLength}`)
  return entries
}

function shapeOf({ at, state, forMs, by, why }: AuditEntry): object {
  return { at: momentOf(at), state, forMs, by, why }
}

function rowOf({ at, state, forMs, by, why }: AuditEntry): readonly { readonly text: string }[] {
  const texts = [momentOf(at), sayState(state, forMs), printable(by), printable(why)]
  return texts.map((text) => ({ text }))
}

/** Undefined dates are no reason to show nothing. */
function momentOf(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '-' : date.toISOString()
}
