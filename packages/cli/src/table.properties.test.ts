import fc from 'fast-check'
import { expect, it } from 'vitest'
import { table } from './table.ts'

const plain = (_: unknown, text: string): string => text

it('a table is never wider than it may be, however narrow', () => {
  const cell = fc.record({ text: fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'ü', '🦀') }) })
  const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 })
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 50 }), (drawn, width) => {
      for (const line of table(['ONE', 'TWO', 'THREE'], drawn, plain, width)) {
        expect([...line].length).toBeLessThanOrEqual(width)
      }
    }),
  )
})
