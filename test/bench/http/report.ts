import type { Figure } from './figures.ts'

const nameWidth = 44
const cellWidth = 10

export function tableLines(name: string, figures: readonly Figure[]): readonly string[] {
  const head = line(name, ['CPU us', 'ratio', 'added us'], 'half of the rounds between')
  return [head, ...figures.map((figure, index) => figureLine(figure, index === 0)), '']
}

function figureLine({ subject, us, ratio, addedUs, addedBetweenUs }: Figure, isFirst: boolean): string {
  if (isFirst) return line(`  ${subject}`, [us.toFixed(1)], '')
  const [low, high] = addedBetweenUs
  const cells = [us.toFixed(1), ratio.toFixed(2), addedUs.toFixed(2)]
  return line(`  ${subject}`, cells, `${low.toFixed(2)} and ${high.toFixed(2)}`)
}

function line(name: string, cells: readonly string[], last: string): string {
  return `${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(cellWidth)).join('')}   ${last}`.trimEnd()
}

/** How to read the tables. */
export const footer: readonly string[] = [
  'CPU us: processor time, user and system, all threads, of the process that serves or, for calls, that calls, for one',
  "request: the median over the rounds. ratio and added: to the first line of the table, the median of the rounds' own.",
  'In a round each line has some 200 ms of requests, in an order that moves on; every line is a process of its own, three',
  'times a new one. Servers are asked over 16 connections that stay open, one request at a time on each; clients have 8',
  'calls under way. Throughput is not measured. An added time says nothing where half of the rounds are far apart: then',
  'the machine is busy, or more rounds are needed.',
  '',
]
