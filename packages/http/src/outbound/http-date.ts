const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const month = `(?<month>${months.join('|')})`
const shortDay = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const longDay = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'
const time = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`

/** The date as everybody writes it, and the two obsolete forms that must still be read. */
const imfFixdate = new RegExp(String.raw`^${shortDay}, (?<day>\d{2}) ${month} (?<year>\d{4}) ${time} GMT$`)
const rfc850 = new RegExp(String.raw`^${longDay}, (?<day>\d{2})-${month}-(?<year>\d{2}) ${time} GMT$`)
const asctime = new RegExp(String.raw`^${shortDay} ${month} (?<day>\d{2}| \d) ${time} (?<year>\d{4})$`)

/**
 * Milliseconds since the Unix epoch of an HTTP-date (RFC 9110, 5.6.7), in any of its three forms; undefined for anything
 * else. `now` in the same measure: a year of two digits is never more than 50 years ahead of it. The name of the day is
 * not held against the date.
 */
export function readHttpDate(text: string, now: number): number | undefined {
  const fields = (imfFixdate.exec(text) ?? rfc850.exec(text) ?? asctime.exec(text))?.groups
  if (fields === undefined) return undefined
  const number = (field: string): number => Number(fields[field])
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map(number) as [
    number,
    number,
    number,
    number,
  ]
  const monthIndex = months.indexOf(fields['month'] as string)
  const year = fields['year']?.length === 2 ? fullYear(number('year'), now) : number('year')
  if (hour > 23 || minute > 59 || second > 60 || day < 1 || day > daysIn(monthIndex, year)) return undefined
  return utc(year, monthIndex, day) + ((hour * 60 + minute) * 60 + second) * 1_000
}

function fullYear(digits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + digits
  if (year > thisYear + 50) return year - 100
  return year <= thisYear - 50 ? year + 100 : year
}

function daysIn(monthIndex: number, year: number): number {
  return new Date(utc(year, monthIndex + 1, 0)).getUTCDate()
}

/** `Date.UTC` takes years below 100 for those of the twentieth century. */
function utc(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day)
}
