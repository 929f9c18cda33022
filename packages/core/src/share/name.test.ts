import { describe, expect, it } from 'vitest'
import { objectId } from './name.ts'

describe('the id of a shared object', () => {
  it('can be read where its names are plain', () => {
    expect(objectId(['inventory', 'circuit-breaker'])).toBe('inventory/circuit-breaker')
  })

  it('is another for other names, whatever they hold', () => {
    const names = ['a/b', 'a%2Fb', 'a%2fb', 'ä', '\u{1f600}', '\ud83d', '\ude00', '%ud83d', '\ufffd', '']
    const ids = [...names.map((name) => [name]), ['a', 'b'], ['a/b', ''], ['\ude00\ud83d']].map(objectId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^(~[0-9a-f]{32}|a\/b)$/)
  })
})
