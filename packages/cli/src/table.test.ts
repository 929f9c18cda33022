import { describe, expect, it } from 'vitest'
import { table } from './table.ts'

const plain = (_: unknown, text: string): string => text

describe('a table', () => {
  it('has columns as wide as their widest cell, and no blanks at the ends of lines', () => {
    const rows = [
      [{ text: 'inventory' }, { text: 'open' }, { text: '' }],
      [{ text: 'mail' }, { text: 'closed' }, { text: 'by ann' }],
    ]
    expect(table(['NAME', 'STATE', 'SAID'], rows, plain)).toEqual([
      'NAME       STATE   SAID',
      'inventory  open',
      'mail       closed  by ann',
    ])
  })

  it('paints text, not the blanks around it, so that it is as wide with colours as without', () => {
    const painted = table(
      ['A', 'B'],
      [[{ text: 'x', style: 'bad' }, { text: 'y' }]],
      (_, text) => `<${text}>`,
    )
    expect(painted).toEqual(['<A>  <B>', '<x>  y'])
  })
})
