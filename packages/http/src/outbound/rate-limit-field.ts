/** A list of strings or tokens with parameters (RFC 9651), as far as `RateLimit` may hold it. */
const key = String.raw`[a-z*][a-z0-9_\-.*]*`
const string = String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"`
const token = String.raw`[A-Za-z*][A-Za-z0-9!#$%&'*+\-.^_\`|~:/]*`
const number = String.raw`-?\d{1,15}(?:\.\d{1,3})?`
const value = String.raw`${string}|${token}|${number}|:[A-Za-z0-9+/=]*:|\?[01]`
const parameters = String.raw`(?: *; *${key}(?:=(?:${value}))?)*`
const list = new RegExp(
  String.raw`^(?:${string}|${token})${parameters}(?:[ \t]*,[ \t]*(?:${string}|${token})${parameters})*$`,
)
const member = new RegExp(String.raw`(?:${string}|${token})(?<parameters>${parameters})`, 'g')
const parameter = new RegExp(String.raw`;\s*(?<key>${key})(?:=(?<value>${value}))?`, 'g')

/**
 * Milliseconds until a quota that is used up is filled again, by the header `RateLimit` (IETF HTTPAPI draft, structured
 * fields): the longest `t` of the policies of which nothing remains. Undefined where none says so.
 */
export function readResetMs(text: string): number | undefined {
  if (!list.test(text)) return undefined
  const resets = [...text.matchAll(member)].map(({ groups }) => resetOf(groups?.['parameters'] ?? ''))
  const known = resets.filter((seconds) => seconds !== undefined)
  return known.length === 0 ? undefined : Math.min(Number.MAX_SAFE_INTEGER, Math.max(...known) * 1_000)
}

function resetOf(text: string): number | undefined {
  const found = [...text.matchAll(parameter)].map(({ groups = {} }) => [groups['key'], groups['value']])
  const { r: remaining, t: seconds } = Object.fromEntries(found) as Readonly<Record<string, string>>
  return remaining === '0' && seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) : undefined
}
