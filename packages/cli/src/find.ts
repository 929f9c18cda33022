import { readRegistry } from './fleet.ts'
import { CommandError, exitCodes } from './exit.ts'
import { fullName, idsOf, shortName } from './names.ts'
import { nearest } from './nearest.ts'
import type { Operator } from './operator.ts'
import { printable } from './text.ts'

/** A circuit by its name, and by its id in keys. */
export interface Named {
  readonly name: string
  readonly id: string
}

/** What makes a name known besides that an instance has registered it: that operators have spoken of it, or anything. */
export type KnownBy = 'registered' | 'spoken of' | 'anything'

/** Which circuit is meant. Rejects with exit code 3 and the nearest names where the name is not known. */
export async function find(operator: Operator, given: string, knownBy: KnownBy): Promise<Named> {
  const name = fullName(given)
  const ids = idsOf(name)
  const { circuitIds } = await readRegistry(operator)
  const registered = new Set(circuitIds)
  const id = ids.find((each) => registered.has(each))
  if (id !== undefined) return { name, id }
  if (knownBy === 'anything') return { name, id: ids[0] ?? name }
  const spokenOf = knownBy === 'spoken of' ? await firstInAudit(operator, ids) : undefined
  if (spokenOf !== undefined) return { name, id: spokenOf }
  throw unknownName(name, circuitIds, knownBy)
}

async function firstInAudit(operator: Operator, ids: readonly string[]): Promise<string | undefined> {
  const answers = await operator.askAll(ids.map((id) => ({ type: 'inspect', id, entries: 1 }) as const))
  return ids.find((_, index) => {
    const answer = answers[index]
    return answer?.type === 'inspect' && answer.audit.length > 0
  })
}

function unknownName(name: string, known: readonly string[], knownBy: KnownBy): CommandError {
  // By the shortest, or all would be alike for what they have in common.
  const near = nearest(shortName(name), known.map(shortName)).map(fullName)
  const hints = [
    ...(near.length > 0 ? [`did you mean ${near.join(' or ')}?`] : ['holdfast status lists the names']),
    ...(knownBy === 'registered' ? ['--unknown goes on all the same'] : []),
  ]
  const message = `no instance has registered a circuit of the name ${printable(name)}`
  return new CommandError(exitCodes.unknownName, message, hints.join('; '))
}
