import type { BandChart, LineChart } from '@holdfast/simulator'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { picture } from './picture.ts'

const plain = (_: unknown, text: string): string => text
const name = fc.string({ maxLength: 50, unit: fc.constantFrom('a', 'ü', '🦀', ' ') })
const moment = fc.constantFrom(0, 1, 999, 1_000, 5_000, 1e9)
const spans = fc.array(fc.record({ label: name, fromMs: moment, toMs: moment }), { maxLength: 4 })
const time = { title: name, durationMs: fc.constantFrom(1, 1_000, 1_001, 60_000), spans }
const value = fc.constantFrom(null, 0, 1, 0.5, 1e-9, 1e9)
const lines: fc.Arbitrary<LineChart> = fc.record({
  ...time,
  unit: fc.constantFrom('ms', 'ratio', 'per second', 'count'),
  scale: fc.constantFrom('linear', 'logarithmic'),
  stepMs: fc.constantFrom(1, 1_000),
  lines: fc.array(fc.record({ label: name, values: fc.array(value, { maxLength: 70 }) }), { maxLength: 3 }),
})
const change = fc.record({ atMs: moment, state: fc.constantFrom('closed', 'open', 'unheard of') })
const bands: fc.Arbitrary<BandChart> = fc.record({
  ...time,
  states: fc.constantFrom(['closed'], ['closed', 'half-open', 'open']),
  rows: fc.array(fc.record({ label: name, changes: fc.array(change, { maxLength: 4 }) }), { maxLength: 3 }),
})

it('a picture is never wider than it may be, and all that is drawn has the same times in the same columns', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(lines, bands)), fc.integer({ min: 0, max: 120 }), (charts, width) => {
      const drawn = picture(charts, plain, width)
      for (const line of drawn) expect([...line].length).toBeLessThanOrEqual(width)
      const wide = picture(charts, plain, Infinity).filter((line) => line.includes('·'))
      const begins = new Set(wide.map((line) => [...line].findIndex((each) => /[·▁-█]/.test(each))))
      expect(begins.size).toBeLessThanOrEqual(1)
    }),
  )
})
