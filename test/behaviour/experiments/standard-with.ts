import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'

/** The standard preset as it is shipped, but for how long an attempt may take. */
export function standardWithTimeout(attemptMs: number): readonly PartConfig[] {
  return standard.map((part) =>
    part.kind === 'timeout' && part.name === undefined ? { ...part, durationMs: attemptMs } : part,
  )
}
