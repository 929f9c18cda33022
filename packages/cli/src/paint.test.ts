import { expect, it } from 'vitest'
import { paintFor } from './paint.ts'

const terminal = { isTerminal: true, columns: 80, rows: 24, write: () => {} }

it('colours what a terminal shows', () => {
  expect(paintFor({ out: terminal, env: {} })('bad', 'open')).toBe('\u001B[31mopen\u001B[39m')
  expect(paintFor({ out: terminal, env: { NO_COLOR: '' } })('bad', 'open')).not.toBe('open')
})

it.each([
  ['elsewhere', { ...terminal, isTerminal: false }, {}],
  ['with NO_COLOR', terminal, { NO_COLOR: '1' }],
  ['on a terminal without colours', terminal, { TERM: 'dumb' }],
])('leaves text as it is %s', (_, out, env) => {
  expect(paintFor({ out, env })('bad', 'open')).toBe('open')
})
