import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['', '10', 'm', '10 m', '-1m', '1e3s', '10min', '2d', 'ten', '1h 5m', '∞s'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  )

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [61_000, '1m 1s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h'],
    [3_661_000, '1h 1m'],
    [86_400_000, '24h'],
  ])('of %i ms is shown as %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})
