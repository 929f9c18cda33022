import { expect, it } from 'vitest'
import { labelOf, shown } from './figures.ts'
import { tableOf } from './table.ts'

it('a figure is shown as the mean of its runs, with its unit and no digit too many', () => {
  expect(shown([0.9, 0.95], 'share')).toBe('92.5 %')
  expect(shown([12.34, 12.36], 's')).toBe('12.3 s')
  expect(shown([1_234.5], 'ms')).toBe('1 235 ms')
  expect(shown([1_234_567.8], 'calls')).toBe('1 234 568')
  expect(shown([1.234], 'attempts a call')).toBe('1.23')
})

it('what is not quite all is not shown as all, nor next to nothing as nothing', () => {
  expect(shown([0.99999], 'share')).toBe('99.99 %')
  expect(shown([0.00001], 'share')).toBe('0.01 %')
  expect([shown([1], 'share'), shown([0], 'share')]).toEqual(['100 %', '0 %'])
})

it('what never came to pass is told apart from what is not known', () => {
  expect(shown([null, null], 's')).toBe('never')
  expect(shown([1, null], 's')).toBe('1 s (never in 1 of 2)')
  expect([shown([], 's'), shown([undefined], 's')]).toEqual(['–', '–'])
})

it('a figure says in its name what it is counted in', () => {
  expect(labelOf('99th percentile (ms)')).toEqual({ name: '99th percentile', unit: 'ms' })
  expect(labelOf('calls failed')).toEqual({ name: 'calls failed', unit: '' })
})

it('a table is as wide as its widest cells', () => {
  expect(tableOf(['', 'b'], [['long', 'c']])).toBe('|      | b   |\n| ---- | --- |\n| long | c   |')
})
