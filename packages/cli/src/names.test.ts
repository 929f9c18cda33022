import { describe, expect, it } from 'vitest'
import { fullName, idsOf, shortName } from './names.ts'

const id = `~${'0123456789abcdef'.repeat(2)}`

describe('a name', () => {
  it('without a slash is that of a pipeline, whose breaker is meant', () => {
    expect(fullName('inventory')).toBe('inventory/circuit-breaker')
    expect(fullName('inventory/breaker')).toBe('inventory/breaker')
    expect(fullName(id)).toBe(id)
  })

  it('is as short as it may be', () => {
    expect(shortName('inventory/circuit-breaker')).toBe('inventory')
    expect(shortName('a/keyed/b/circuit-breaker')).toBe('a/keyed/b/circuit-breaker')
    expect(shortName('inventory/breaker')).toBe('inventory/breaker')
  })

  it('may be an id', () => expect(idsOf(id)).toEqual([id]))

  it('with very many slashes stands for one id', () => expect(idsOf('a/'.repeat(500))).toHaveLength(1))
})
