import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRetryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 10, 25, 12)
const read = (text: string, wallTime = now): number | undefined =>
  readRetryAfterMs((name) => (name === 'retry-after' ? text : undefined), wallTime)

const shortDays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number): string => String(number).padStart(2, '0')

/** The grammar of RFC 9110, written the other way round: from a moment to each of its forms. */
function forms(ms: number): readonly [imf: string, rfc850: string, asctime: string] {
  const date = new Date(ms)
  const day = date.getUTCDate()
  const month = months[date.getUTCMonth()] as string
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const weekday = date.getUTCDay()
  return [
    `${shortDays[weekday]}, ${two(day)} ${month} ${year} ${time} GMT`,
    `${longDays[weekday]}, ${two(day)}-${month}-${year.slice(2)} ${time} GMT`,
    `${shortDays[weekday]} ${month} ${String(day).padStart(2, ' ')} ${time} ${year}`,
  ]
}

const seconds = (minimum: number, maximum: number): fc.Arbitrary<number> =>
  fc.integer({ min: minimum / 1_000, max: maximum / 1_000 }).map((second) => second * 1_000)

test('every date of the grammar is read in each of its forms', () => {
  const dates = seconds(Date.UTC(1980, 0, 1), Date.UTC(2070, 11, 31))
  fc.assert(
    fc.property(dates, (ms) => {
      for (const text of forms(ms)) expect(read(text)).toBe(Math.max(0, ms - now))
    }),
  )
})

test('a date is measured from that of the answer, whatever this machine’s clock says', () => {
  const dates = seconds(Date.UTC(2000, 0, 1), Date.UTC(2070, 0, 1))
  fc.assert(
    fc.property(dates, around(3_600), fc.nat(2), dates, (sentAt, waitS, form, wallTime) => {
      const headers = new Map([
        ['date', forms(sentAt)[0]],
        ['retry-after', forms(sentAt + waitS * 1_000)[form === 1 ? 0 : (form as 0 | 2)]],
      ])
      expect(readRetryAfterMs((name) => headers.get(name), wallTime)).toBe(waitS * 1_000)
    }),
  )
})

/** The whole grammar, as in RFC 9110 10.2.3 and 5.6.7, without the checks of the calendar. */
const grammar = new RegExp(
  String.raw`^(?:[0-9]+|(?:${shortDays.join('|')}), [0-9]{2} (?:${months.join('|')}) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT|(?:${longDays.join('|')}), [0-9]{2}-(?:${months.join('|')})-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT|(?:${shortDays.join('|')}) (?:${months.join('|')}) (?:[0-9]{2}| [0-9]) [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4})$`,
)

test('what the grammar does not have is not read, and what is read is a time to wait', () => {
  const valid = fc.oneof(
    fc.nat().map(String),
    seconds(0, Date.UTC(2070, 0, 1)).chain((ms) => fc.constantFrom(...forms(ms))),
  )
  const piece = fc.oneof(
    fc.constantFrom(' ', '-', '+', '.', ',', 'e', 'GMT', '0', '٣', '\n'),
    fc.string({ maxLength: 3 }),
  )
  const damaged = fc
    .tuple(valid, fc.nat(40), fc.nat(3), piece)
    .map(([text, at, cut, inserted]) => text.slice(0, at) + inserted + text.slice(at + cut))
  fc.assert(
    fc.property(fc.oneof(damaged, valid, fc.string()), (text) => {
      const ms = read(text)
      if (!grammar.test(text)) expect(ms).toBeUndefined()
      if (/^[0-9]+$/.test(text)) expect(ms).toBe(Math.min(Number.MAX_SAFE_INTEGER, Number(text) * 1_000))
      expect(ms ?? 0).toBeGreaterThanOrEqual(0)
      expect(Number.isFinite(ms ?? 0)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
