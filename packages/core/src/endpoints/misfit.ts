import type { Part } from '../policy.ts'

/** What is wrong with what stands around a choice among `count` endpoints. */
export function misfit(
  name: string,
  count: number,
  inner: readonly Part[],
  outer: readonly Part[],
): string | undefined {
  const other = inner.find(choosesEndpoints)
  if (other !== undefined) return chosenTwice(name, other.name)
  // Another of this kind outside says so itself.
  const list = outer.find((part) => part.kind === 'fallback' && choosesEndpoints(part))
  if (list !== undefined) return chosenTwice(list.name, name)
  const again = count > 1 ? inner.find(runsAgain) : undefined
  if (again === undefined) return undefined
  return `'${again.name}' inside '${name}' runs again at the same endpoint; put it outside, so that another attempt goes to another one`
}

function chosenTwice(outer: string, inner: string): string {
  return `'${outer}' chooses an endpoint, and '${inner}' inside it another one; keep one of them`
}

function choosesEndpoints(part: Part): boolean {
  return part.kind === 'endpoints' || (part.kind === 'fallback' && 'endpoints' in (part.describe?.() ?? {}))
}

function runsAgain(part: Part): boolean {
  return part.kind === 'hedge' || (part.kind === 'retry' && part.describe?.()['attempts'] !== 1)
}
