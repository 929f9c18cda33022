import type { Round } from './round.ts'

const ms = (value: number): string => (!Number.isFinite(value) ? 'never' : `${Math.round(value)} ms`)

/** One line about a round. */
export function lineOf(name: string, round: Round): string {
  return [
    name.padEnd(12),
    `agreed ${ms(round.agreedMs)}`.padEnd(16),
    `opened ${ms(round.openedMs)}`.padEnd(16),
    `closed ${ms(round.closedMs)}`.padEnd(16),
    `probes ${round.mostProbes} in ${round.halfOpens}`.padEnd(15),
    `alone ${round.lonelyProbes}`.padEnd(9),
    `calls ${round.admitted}+${round.refused}`.padEnd(19),
    `slowest ${round.slowestAdmissionMs.toFixed(1)} ms`.padEnd(19),
    `late ${ms(round.lateMs)}`.padEnd(13),
    round.violations.length === 0 ? 'held' : `${round.violations.length} VIOLATIONS`,
    `[${round.faults.join(', ')}]`,
  ].join(' ')
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = measured(values).toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Without what could not be measured: the reply that would have told was lost. */
function measured(values: readonly number[]): readonly number[] {
  return values.filter((value) => !Number.isNaN(value))
}

/** A figure: how often it was measured, and what came out. */
export function figureLine(name: string, values: readonly number[], target = ''): string {
  const of = (share: number): string => ms(quantile(values, share)).padStart(10)
  return `${name.padEnd(44)} ${String(measured(values).length).padStart(5)} ${of(0.5)} ${of(0.99)} ${of(1)}  ${target}`
}

export const figureHead: string = `${''.padEnd(44)} ${'n'.padStart(5)} ${'p50'.padStart(10)} ${'p99'.padStart(10)} ${'max'.padStart(10)}`
