import type { Row } from './report.ts'

export interface Target {
  readonly text: string
  readonly value: number
  readonly bound: number
  readonly met: boolean
}

/** What Holdfast set out to reach on Node 24, as far as it was measured in this run. */
export function targets(rows: readonly Row[]): readonly Target[] {
  const find = (name: string, figure: string, subject = 'holdfast') =>
    rows.find((row) => row.name === name && row.figure === figure)?.cells.get(subject)
  const value = (name: string, figure: string, subject?: string): number =>
    find(name, figure, subject)?.value ?? Number.NaN
  const ns = (name: string, subject?: string): number => value(name, 'ns', subject)
  const stack = 'stack of five'
  const open = 'open breaker refuses'
  const made = 'made by a stack of five'
  const flying = '100 000 in flight'
  return [
    atMost('stack: times the bare call', find(stack, 'ns')?.ratio ?? Number.NaN, 5),
    atMost('stack: bytes a call', value(stack, 'bytes'), 700),
    atLeast('stack: times faster than opossum', ns(stack, 'opossum') / ns(stack), 6),
    atLeast('stack: times faster than cockatiel', ns(stack, 'cockatiel') / ns(stack), 30),
    atMost('stack: ns more with faults that are off', ns('stack of five, faults off') - ns(stack), 20),
    atMost(
      'stack: bytes more with faults that are off',
      value('stack of five, faults off', 'bytes') - value(stack, 'bytes'),
      8,
    ),
    atMost('open breaker refuses: ns', ns(open), 1_000),
    atMost('full bulkhead refuses: ns', ns('full bulkhead refuses'), 1_000),
    atLeast('refusal: times cheaper than opossum', ns(open, 'opossum') / ns(open), 5),
    atLeast('refusal: times cheaper than cockatiel', ns(open, 'cockatiel') / ns(open), 5),
    atMost('request admitted: ns added', ns('request admitted') - ns('request admitted', 'bare'), 3_000),
    atMost(
      'request admitted: bytes added',
      value('request admitted', 'bytes') - value('request admitted', 'bytes', 'bare'),
      1_500,
    ),
    atMost(
      'one of 100 endpoints: ns more than a given one that is timed',
      ns('one of 100 endpoints') - ns('a given endpoint, timed'),
      200,
    ),
    atMost('timers made by a call that settles first', value(made, 'timers a call'), 0),
    atMost('abort controllers made by it', value(made, 'controllers a call'), 0),
    atLeast(
      '100 000 in flight: times the throughput of opossum',
      value(flying, 'calls/s') / value(flying, 'calls/s', 'opossum'),
      2.5,
    ),
    atMost('keyed breaker, used and idle: bytes', value('100 000 keyed breakers', 'bytes each'), 1_000),
  ].filter((target) => !Number.isNaN(target.value))
}

export function targetLine({ text, value, met }: Target): string {
  return `${met ? '✓' : '✗'} ${text}: ${Number(value.toPrecision(3))}`
}

export function atMost(text: string, value: number, bound: number): Target {
  return { text: `${text}, at most ${bound}`, value, bound, met: value <= bound }
}

function atLeast(text: string, value: number, bound: number): Target {
  return { text: `${text}, at least ${bound}`, value, bound, met: value >= bound }
}
