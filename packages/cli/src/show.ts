import type { OverrideState } from '@holdfast/core/protocol'
import { formatDuration } from './duration.ts'
import type { Circuit, Fleet } from './fleet.ts'
import type { Paint, Style } from './paint.ts'
import type { Reason } from './reason.ts'
import { table } from './table.ts'
import type { Cell } from './table.ts'
import { printable } from './text.ts'

const styles: Readonly<Record<Circuit['state'], Style>> = {
  closed: 'good',
  open: 'bad',
  'half-open': 'warning',
  unreadable: 'bad',
}

const forced: Readonly<Record<OverrideState, string>> = {
  none: 'cleared',
  open: 'forced open',
  closed: 'forced closed',
  shadow: 'in shadow',
}

/** What an operator has said, without by whom: `forced open for 10m`. */
export function sayState(state: OverrideState, ms: number): string {
  return state === 'none' ? forced.none : `${forced[state]} for ${formatDuration(ms)}`
}

/** By whom and why. */
export function saidBy({ by, why }: Reason): string {
  return `by ${printable(by)}: ${printable(why)}`
}

/** The state of a circuit in words: `open for 12s, openings 2`. */
export function sayCircuit({ state, remainingMs, openings, override, problem }: Circuit): string {
  const parts = [
    remainingMs > 0 ? `${state} for ${formatDuration(remainingMs)}` : state,
    ...(problem === null ? [] : [problem]),
    ...(openings > 0 ? [`openings ${openings}`] : []),
    ...(override === null ? [] : [`${sayState(override.state, override.remainingMs)} ${saidBy(override)}`]),
  ]
  return parts.join(', ')
}

export function sayInstances(count: number): string {
  return `${count} ${count === 1 ? 'instance' : 'instances'}`
}

/** Everything that is shared, as lines for people. */
export function fleetLines(
  { instances, circuits, others }: Fleet,
  paint: Paint,
  width: number,
): readonly string[] {
  const lines = [sayInstances(instances)]
  if (circuits.length + others.length === 0) return [...lines, 'nothing is shared yet']
  if (circuits.length > 0) lines.push('', ...circuitLines(circuits, paint, width))
  if (others.length === 0) return lines
  const rows = others.map(({ name, kind }) => [{ text: printable(name) }, { text: kind }])
  return [...lines, '', ...table(['ALSO SHARED', 'KIND'], rows, paint, width)]
}

function circuitLines(circuits: readonly Circuit[], paint: Paint, width: number): readonly string[] {
  return table(['CIRCUIT', 'STATE', 'LEFT', 'OPENINGS', 'SAID'], circuits.map(rowOf), paint, width)
}

function rowOf(circuit: Circuit): readonly Cell[] {
  const { name, remainingMs, openings, override, problem } = circuit
  const told = override === null ? '' : `for ${formatDuration(override.remainingMs)} ${saidBy(override)}`
  return [
    { text: printable(name) },
    stateCell(circuit),
    { text: remainingMs > 0 ? formatDuration(remainingMs) : '-' },
    { text: String(openings) },
    { text: problem === null ? told : `cannot be read: ${problem}` },
  ]
}

/** What holds, and behind it what the instances have come to where that is something else. */
function stateCell({ state, override }: Circuit): Cell {
  if (override === null) return { text: state, style: styles[state] }
  const style = override.state === 'open' ? 'bad' : 'warning'
  return { text: `${forced[override.state]} (${state})`, style }
}
