import type { PartConfig } from '@holdfast/core'

/** Our parts, as a library sees them that chooses no endpoint: what is around the choice, and what is at each place. */
export interface Layout {
  readonly outside: readonly PartConfig[]
  readonly inside: readonly PartConfig[]
  /** Names of replicas, in the order in which they are tried; undefined is the service, which routes by itself. */
  readonly places: readonly (string | undefined)[]
}

export function layoutOf(parts: readonly PartConfig[]): Layout {
  const place = parts.findIndex(({ kind }) => kind === 'endpoints')
  const choice = parts[place]
  if (choice?.kind !== 'endpoints') return { outside: [], inside: parts, places: [undefined] }
  const [outside, inside] = [parts.slice(0, place), parts.slice(place + 1)]
  const { primary, standby = [] } = choice
  if (standby.length === 0) {
    return { outside, inside: inside.map((part) => timesAsMany(part, primary.length)), places: [undefined] }
  }
  return { outside, inside, places: [...primary, ...standby.flat()].map(({ id }) => id) }
}

/** Of ours each endpoint has a bulkhead of its own; one around all has to let as many in. */
function timesAsMany(part: PartConfig, endpoints: number): PartConfig {
  if (part.kind !== 'bulkhead') return part
  const { limit = 100 } = part
  if (typeof limit === 'number') return { ...part, limit: limit * endpoints }
  const bounds = Object.entries(limit).map(([name, value]) => [
    name,
    typeof value === 'number' ? value * endpoints : value,
  ])
  return { ...part, limit: Object.fromEntries(bounds) }
}
