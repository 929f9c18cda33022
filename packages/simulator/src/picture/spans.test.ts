import { describe, expect, it } from 'vitest'
import { saidOf, SpanMarks } from './spans.ts'

const flapping = Array.from({ length: 10 }, (_, turn) => ({
  label: 'flapping',
  fromMs: turn * 1_000,
  toMs: turn * 1_000 + 500,
}))

/** Height and text of each name. */
function namesIn(marks: SpanMarks): readonly (readonly [number, string])[] {
  const all = marks.lanes(0).text.matchAll(/<text[^>]* y="(\d+)">([^<]*)</g)
  return Array.from(all, ([, y, name = '']) => [Number(y), name])
}

describe('the marks of what happened', () => {
  it('share a lane where they meet neither each other nor their names', () => {
    const spans = [
      { label: 'first', fromMs: 0, toMs: 10_000 },
      { label: 'meets the first', fromMs: 5_000, toMs: 15_000 },
      { label: 'meets its name', fromMs: 15_500, toMs: 16_000 },
      { label: 'meets none', fromMs: 30_000, toMs: 31_000 },
    ]
    const marks = new SpanMarks(spans, 60_000)
    expect(namesIn(marks)).toEqual([
      [10, 'first'],
      [26, 'meets the first'],
      [10, 'meets its name'],
      [10, 'meets none'],
    ])
    expect(marks.height).toBe(32)
  })

  it('are named once where one thing comes and goes', () => {
    const marks = new SpanMarks(flapping, 10_000)
    expect(namesIn(marks)).toEqual([[10, 'flapping']])
    expect(marks.shades(0, 100).text.match(/<rect/g)).toHaveLength(10)
  })

  it('are one where they cannot be told apart', () => {
    expect(new SpanMarks(flapping, 100_000_000).shades(0, 100).text.match(/<rect/g)).toHaveLength(1)
  })

  it('are told in words', () => {
    expect(saidOf([...flapping, { label: 'slow-1', fromMs: 250, toMs: 2_000 }])).toBe(
      'Shaded: flapping from 0 ms to 9.5 s, 10 times; slow-1 from 250 ms to 2 s.',
    )
  })
})
