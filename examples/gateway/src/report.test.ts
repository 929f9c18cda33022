import { describe, expect, it } from 'vitest'
import type { Result } from './measure.ts'
import { deedLines, goalLines, goals, legend, percent, policyLines, table } from './report.ts'

const good: Result = {
  success: 0.99,
  p50Ms: 16.4,
  p99Ms: 320,
  sentToPrimaryWhileDown: 57,
  failOverMs: 1_000,
  failBackMs: 3_000,
}
const bare: Result = { ...good, success: 0.6796, p99Ms: 2_004, failOverMs: undefined, failBackMs: 250 }

describe('goals', () => {
  it('are met at their bounds', () => {
    expect(goals(good).map(({ met }) => met)).toEqual([true, true, true])
  })

  it.each([
    [0, { success: 0.9899 }],
    [1, { failOverMs: 1_250 }],
    [1, { failOverMs: undefined }],
    [2, { failBackMs: 3_250 }],
    [2, { failBackMs: undefined }],
  ])('number %d is missed alone by %j', (index, change) => {
    const missed = goals({ ...good, ...change }).map(({ met }) => !met)
    expect(missed.indexOf(true)).toBe(index)
    expect(missed.lastIndexOf(true)).toBe(index)
  })

  it('are told by a sign', () => {
    expect(goalLines(goals({ ...good, success: 0 }))).toBe(
      '✗ at least 99 % success over the whole schedule\n✓ fail-over within 1 s\n✓ fail-back within 3 s',
    )
  })
})

it('the table has both in columns', () => {
  expect(table(bare, good).split('\n')).toEqual([
    '                                                    bare    holdfast',
    '────────────────────────────────────────────────────────────────────',
    'success                                          67.96 %     99.00 %',
    'latency, p50                                       16 ms       16 ms',
    'latency, p99                                     2004 ms      320 ms',
    'requests to the primary while it was down             57          57',
    'time to fail over                                  never      1.00 s',
    'time to fail back                                 0.25 s      3.00 s',
  ])
})

it('tells what was done and when, and counts what only repeats', () => {
  const deeds = [
    { atMs: 12_960, text: 'primary ejected (probe)' },
    { atMs: 13_960, text: 'primary ejected (probe)' },
    { atMs: 20_000, text: 'primary restored' },
  ]
  expect(deedLines(deeds).split('\n').slice(1)).toEqual([
    '   13.0 s  primary ejected (probe), 2 times',
    '   20.0 s  primary restored',
  ])
})

it('never rounds a failure away', () => {
  expect(percent(0.99999)).toBe('99.99 %')
  expect(percent(1)).toBe('100.00 %')
  expect(percent(0)).toBe('0.00 %')
})

it('policies are written as options, in lines that fit', () => {
  expect(policyLines('retry', { attempts: 2, backoff: { baseMs: 20, maximumMs: 100 } })).toBe(
    '  retry     attempts: 2, backoff: { baseMs: 20, maximumMs: 100 }',
  )
  expect(policyLines('fallback', { endpoints: ['primary', 'standby'] })).toBe(
    '  fallback  endpoints: primary, standby',
  )
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`option${index}`, index]))
  const lines = policyLines('many', many).split('\n')
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.every((line) => line.length <= 100)).toBe(true)
  expect(lines[1]).toMatch(/^ {12}option/)
})

it('the legend fits', () => {
  expect(legend.split('\n').every((line) => line.length <= 100)).toBe(true)
})
