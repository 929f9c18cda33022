import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

const known = ['inventory', 'payments', 'invoices', 'mail']

it.each([
  ['inventroy', ['inventory']],
  ['INVENTORY', ['inventory']],
  ['pay', ['payments']],
  ['payment', ['payments']],
  ['mial', ['mail']],
  ['orders', []],
  ['', []],
])('near %j is %j', (given, near) => expect(nearest(given, known)).toEqual(near))

it('the nearest come first, and not more than three', () => {
  expect(nearest('node-1', ['node-22', 'node-3', 'node-1', 'node-2', 'node-4'])).toEqual([
    'node-1',
    'node-2',
    'node-3',
  ])
})
