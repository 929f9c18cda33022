import { expect, it } from 'vitest'
import { json, printable } from './text.ts'

it('shows what would move the cursor, colour or reverse text as codes', () => {
  expect(printable('a\u001B[2Jb\u0007\u202Ec\nd\u009B')).toBe(
    String.raw`a\u001b[2Jb\u0007\u202ec\u000ad\u009b`,
  )
  expect(printable('Grüße, 世界 🦀')).toBe('Grüße, 世界 🦀')
})

it('writes JSON that a terminal survives, and that says the same', () => {
  const value = { why: 'a\u001B\u009B\u202Eb\u2028"\n' }
  expect(json(value)).not.toMatch(/[\p{Cc}\u202E\u2028]/u)
  expect(JSON.parse(json(value))).toEqual(value)
})
