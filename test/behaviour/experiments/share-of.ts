import type { ClientStep } from '@holdfast/simulator'

/** So many for each call that began in these steps. */
export function shareOf(steps: readonly ClientStep[], what: 'good' | 'attempts' | 'failed'): number {
  const sum = (of: typeof what | 'calls'): number => steps.reduce((total, step) => total + step[of], 0)
  return sum(what) / sum('calls')
}
