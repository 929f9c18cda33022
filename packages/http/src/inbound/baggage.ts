/** The W3C recommendation asks for at least as much; whoever sends more is not read. */
const longest = 8_192

/** What W3C Baggage says under `key`, without the properties of the member; the first where it says it twice. */
export function baggageMember(header: string | null | undefined, key: string): string | undefined {
  if (typeof header !== 'string' || header.length > longest) return undefined
  for (const member of header.split(',', mostMembers)) {
    const [pair = ''] = member.split(';', 1)
    const [name = '', value] = pair.split('=', 2)
    if (name.trim() === key) return value?.trim()
  }
  return undefined
}

const mostMembers = 180
