import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'

/** The standard preset as it is shipped, but for how long an attempt may take. */
export function standardWithTimeout(attemptMs: number): readonly PartConfig[] {
  return standard.map((part) =>
    part.kind === 'timeout' && part.name === undefined ? { ...part, durationMs: attemptMs } : part,
  )
}

/** Another part in front of those of a kind, where `docs/order.md` has it. */
export function withPart(
  part: PartConfig,
  before: PartConfig['kind'],
  parts: readonly PartConfig[] = standard,
): readonly PartConfig[] {
  const place = parts.findIndex(({ kind }) => kind === before)
  return [...parts.slice(0, place), part, ...parts.slice(place)]
}
