import { HoldfastConfigError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FakeRequest } from './fake-exchange.ts'
import { headerKey } from './header-key.ts'

describe('a key from a header', () => {
  it.each([
    ['acme', 'acme'],
    ['a-b_c.d:e@f/g+h=~', 'a-b_c.d:e@f/g+h=~'],
    ['a'.repeat(128), 'a'.repeat(128)],
    ['a'.repeat(129), undefined],
    ['', undefined],
    ['two words', undefined],
    ['línea', undefined],
    ['a,b', undefined],
    [['a', 'b'], undefined],
    [undefined, undefined],
  ])('of %s is %s', (value, key) => {
    expect(headerKey('X-Tenant')(new FakeRequest({ 'x-tenant': value }))).toBe(key)
  })

  it('may be a digest, which does not tell the value', () => {
    const keyOf = headerKey('Authorization', { digest: true })
    const [one, same, other] = ['Bearer a', 'Bearer a', 'Bearer b'].map((authorization) =>
      keyOf(new FakeRequest({ authorization })),
    )
    expect(one).toMatch(/^[\w-]{22}$/)
    expect(one).toBe(same)
    expect(one).not.toBe(other)
    expect(keyOf(new FakeRequest({ authorization: 'a'.repeat(8_193) }))).toBeUndefined()
  })

  it.each(['Authorization', 'cookie', 'Proxy-Authorization', 'X-API-Key'])(
    'is never a secret: %s',
    (name) => {
      expect(() => headerKey(name)).toThrow(/is a secret, and keys are in errors and events; take a digest/)
    },
  )

  it('needs the name of a header', () => {
    expect(() => headerKey('')).toThrow(HoldfastConfigError)
    expect(() => headerKey('a', { digest: 1 as never })).toThrow(/digest must be true or false/)
  })
})
