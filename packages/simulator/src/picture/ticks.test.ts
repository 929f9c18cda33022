import { expect, it } from 'vitest'
import { moment, moments } from './ticks.ts'

it.each([
  [800, '0, 100 ms, 200 ms, 300 ms, 400 ms, 500 ms, 600 ms, 700 ms, 800 ms'],
  [9_000, '0, 1 s, 2 s, 3 s, 4 s, 5 s, 6 s, 7 s, 8 s, 9 s'],
  [60_000, '0, 10 s, 20 s, 30 s, 40 s, 50 s, 1 min'],
  [240_000, '0, 30 s, 1 min, 1:30 min, 2 min, 2:30 min, 3 min, 3:30 min, 4 min'],
  [3_600_000, '0, 10 min, 20 min, 30 min, 40 min, 50 min, 1 h'],
  [7_200_000, '0, 15 min, 30 min, 45 min, 1 h, 1:15 h, 1:30 h, 1:45 h, 2 h'],
])('%d ms are marked at round moments', (durationMs, expected) => {
  const marks = moments(durationMs, 9)
  expect(marks.map((ms) => moment(ms, marks[1] ?? 0)).join(', ')).toBe(expected)
})
