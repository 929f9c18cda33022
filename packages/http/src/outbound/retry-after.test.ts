import { describe, expect, it } from 'vitest'
import { readRetryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 10, 25, 12, 0, 0)
const read = (headers: Readonly<Record<string, string>>, wallTime = now): number | undefined =>
  readRetryAfterMs((name) => headers[name], wallTime)
const after = (text: string): number | undefined => read({ 'retry-after': text })

describe('Retry-After', () => {
  it('is a whole number of seconds', () => {
    expect(after('0')).toBe(0)
    expect(after('120')).toBe(120_000)
    expect(after('007')).toBe(7_000)
  })

  it('is a date in any of the three forms', () => {
    expect(after('Wed, 25 Nov 2026 12:00:30 GMT')).toBe(30_000)
    expect(after('Wednesday, 25-Nov-26 12:00:30 GMT')).toBe(30_000)
    expect(after('Wed Nov 25 12:00:30 2026')).toBe(30_000)
    expect(read({ 'retry-after': 'Sun Nov  6 08:49:37 1994' }, Date.UTC(1994, 10, 6, 8, 49, 30))).toBe(7_000)
  })

  it('is now where the date has passed', () => expect(after('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(0))

  it('is measured on the clock of who sent it, where that is told', () => {
    const slow = { date: 'Wed, 25 Nov 2026 11:00:00 GMT', 'retry-after': 'Wed, 25 Nov 2026 11:00:10 GMT' }
    expect(read(slow)).toBe(10_000)
    expect(read({ ...slow, date: 'this morning' })).toBe(0)
  })

  it('takes two digits for the year that is no more than 50 years ahead', () => {
    expect(read({ 'retry-after': 'Friday, 01-Jan-77 00:00:00 GMT' }, now)).toBe(0)
    const far = read({ 'retry-after': 'Friday, 01-Jan-76 00:00:00 GMT' }, now) ?? 0
    expect(new Date(now + far).toISOString()).toBe('2076-01-01T00:00:00.000Z')
    const nextCentury = Date.UTC(2099, 11, 31)
    expect(read({ 'retry-after': 'Friday, 01-Jan-00 00:00:00 GMT' }, nextCentury)).toBe(86_400_000)
  })

  it('may be longer than anybody waits, and stays a number', () => {
    expect(after('9'.repeat(400))).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each([
    '',
    '-5',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    ' 5',
    '5 ',
    '5s',
    '5, 5',
    'soon',
    'Infinity',
    '2026-11-25T12:00:30Z',
    'Wed, 25 Nov 2026 12:00:30',
    'Wed, 25 Nov 2026 12:00:30 UTC',
    'Wed, 25 Nov 2026 12:00:30 +0000',
    'wed, 25 nov 2026 12:00:30 gmt',
    'Wed, 5 Nov 2026 12:00:30 GMT',
    'Mon, 30 Feb 2026 12:00:30 GMT',
    'Wed, 00 Nov 2026 12:00:30 GMT',
    'Wed, 25 Nov 2026 24:00:30 GMT',
    'Wed, 25 Nov 2026 12:60:30 GMT',
    'Wed, 25 Nov 2026 12:00:61 GMT',
    'Wed Nov 6 12:00:30 2026',
  ])('is not %j', (text) => expect(after(text)).toBeUndefined())

  it('knows leap days and leap seconds', () => {
    expect(after('Tue, 29 Feb 2028 00:00:00 GMT')).toBeDefined()
    expect(after('Mon, 29 Feb 2027 00:00:00 GMT')).toBeUndefined()
    expect(after('Thu, 31 Dec 2026 23:59:60 GMT')).toBeDefined()
  })
})

describe('RateLimit', () => {
  const limited = (text: string): number | undefined => read({ ratelimit: text })

  it('tells when there is quota again', () => {
    expect(limited('"default";r=0;t=30')).toBe(30_000)
    expect(limited('default;r=0;t=1')).toBe(1_000)
    expect(limited('"a";r=0; t=7; pk=:cHsdsRa894==:')).toBe(7_000)
  })

  it('tells the longest of what is used up', () => {
    expect(limited('"minute";r=0;t=9, "hour";r=0;t=600, "day";r=5;t=9000')).toBe(600_000)
  })

  it('tells nothing where quota is left, or no time', () => {
    expect(limited('"default";r=1;t=30')).toBeUndefined()
    expect(limited('"default";r=0')).toBeUndefined()
    expect(limited('"default";t=30')).toBeUndefined()
  })

  it.each([
    '',
    '30',
    'limit=10, remaining=0, reset=30',
    '"open;r=0;t=30',
    '"a";r=0;t=30,',
    '"a";r=0;t=30 "b";r=0;t=1',
    '"a";R=0;T=30',
    '"a";r=0;t=-30',
    '"a";r=0;t=1.5',
    '"a";r=0;t="30"',
    '"a" ;r=0',
  ])('is not %j', (text) => expect(limited(text)).toBeUndefined())

  it('comes after Retry-After, unless that cannot be read', () => {
    expect(read({ 'retry-after': '5', ratelimit: '"a";r=0;t=30' })).toBe(5_000)
    expect(read({ 'retry-after': 'soon', ratelimit: '"a";r=0;t=30' })).toBe(30_000)
  })

  it('takes no longer to read for being long', () => {
    const long = `${'"a";r=0;t=1, '.repeat(1_000)}!`
    expect(limited(long)).toBeUndefined()
    expect(limited(`"${'\\\\'.repeat(8_000)}`)).toBeUndefined()
    expect(limited(`a${' ;a'.repeat(5_000)}!`)).toBeUndefined()
  })
})

it('nobody says anything', () => {
  expect(read({})).toBeUndefined()
  expect(readRetryAfterMs(() => null, now)).toBeUndefined()
})
