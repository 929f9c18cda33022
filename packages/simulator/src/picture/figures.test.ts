import { expect, it } from 'vitest'
import { difference, figure } from './figures.ts'

it.each([
  [0.4567, 'ms', '0.46 ms'],
  [91.647, 'ms', '91.6 ms'],
  [7_916.903, 'ms', '7.92 s'],
  [0, 'ratio', '0 %'],
  [0.70206, 'ratio', '70.21 %'],
  [1, 'ratio', '100 %'],
  [0.999_99, 'ratio', '> 99.99 %'],
  [0.000_01, 'ratio', '< 0.01 %'],
  [200, 'per second', '200/s'],
  [0.72445, 'count', '0.72'],
  [1_234_567, 'count', '1\u202f234\u202f567'],
  [null, 'count', '–'],
] as const)('%j %s is %s', (value, unit, expected) => expect(figure(value, unit)).toBe(expected))

it.each([
  [0.98, 0.7, 'ratio', '+28 points'],
  [0.7, 0.98, 'ratio', '−28 points'],
  [90, 1_590, 'ms', '−1.5 s'],
  [3, 3, 'count', '±0'],
  [null, 3, 'count', '–'],
] as const)('%j against %j as %s is %s', (one, other, unit, expected) =>
  expect(difference(one, other, unit)).toBe(expected),
)
