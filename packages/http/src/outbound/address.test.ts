import { describe, expect, it } from 'vitest'
import { Address } from './address.ts'

const based = new Address('stock', 'https://stock.example/v1/', [
  { id: 'a', url: 'https://a.example' },
  { id: 'b', url: 'https://b.example/api' },
])
const at = (url: string, endpoint: { id: string; url?: string }): string =>
  based.at(based.target(url), endpoint).href

describe('without a base', () => {
  const free = new Address('stock', undefined, [])

  it('an address must be absolute', () => {
    expect(free.target('https://x.example/a?b').url.href).toBe('https://x.example/a?b')
    expect(() => free.target('/a')).toThrow(TypeError)
  })

  it('the path below the origin goes to an endpoint', () => {
    const target = free.target('https://x.example/a?b')
    expect(free.at(target, { id: 'z', url: 'https://z.example/y/' }).href).toBe('https://z.example/y/a?b')
    expect(free.at(target, { id: 'z' }).href).toBe('https://x.example/a?b')
    expect(free.at(target, undefined)).toBe(target.url)
  })
})

describe('with a base', () => {
  it.each([
    ['/items?id=1', 'https://stock.example/v1/items?id=1'],
    ['items', 'https://stock.example/v1/items'],
    ['', 'https://stock.example/v1/'],
    ['?id=1', 'https://stock.example/v1/?id=1'],
    ['https://stock.example/v1/items', 'https://stock.example/v1/items'],
    ['https://stock.example/v1', 'https://stock.example/v1'],
    ['https://a.example/items', 'https://stock.example/v1/items'],
    ['https://b.example/api/items#x', 'https://stock.example/v1/items'],
  ])('%j leads to %s', (url, expected) => expect(based.target(url).url.href).toBe(expected))

  it.each([
    ['/../../etc', 'https://stock.example/v1/etc'],
    ['/%2e%2e/etc', 'https://stock.example/v1/etc'],
    ['..', 'https://stock.example/v1/'],
    ['/..//evil.example/', 'https://stock.example/v1//evil.example/'],
  ])('%j does not leave it', (url, expected) => expect(based.target(url).url.href).toBe(expected))

  it.each([
    'https://evil.example/',
    '//evil.example/items',
    String.raw`/\evil.example/items`,
    'http://stock.example/v1/items',
    'https://stock.example/v2',
    'https://stock.example/v1x',
    'https://stock.example:444/v1/',
    'https://b.example/items',
    'data:text/plain,hello',
  ])('%s is elsewhere', (url) => expect(() => based.target(url)).toThrow('is elsewhere'))

  it('the same path goes to each endpoint, known or new', () => {
    expect(at('/items?id=1', { id: 'a', url: 'https://a.example' })).toBe('https://a.example/items?id=1')
    expect(at('https://a.example/items', { id: 'b', url: 'https://b.example/api' })).toBe(
      'https://b.example/api/items',
    )
    expect(at('/items', { id: 'c', url: 'https://c.example/' })).toBe('https://c.example/items')
    expect(based.target('https://c.example/items').url.href).toBe('https://stock.example/v1/items')
  })

  it.each([
    'stock',
    'ftp://a.example',
    'https://user:pass@a.example',
    'https://a.example/?q',
    'https://a.example/#f',
  ])('%s is no base', (url) => {
    expect(() => new Address('stock', url, [])).toThrow('must be http or https')
    expect(() => new Address('stock', url, [])).not.toThrow('pass')
  })
})
