/** The eight groups of an address that is known to be one of IPv6. */
export function ipv6Groups(address: string): readonly number[] {
  const [head = '', tail] = address.split('::')
  const before = groupsIn(head)
  const after = tail === undefined ? [] : groupsIn(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...zeros, ...after]
}

function groupsIn(text: string): readonly number[] {
  if (text === '') return []
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ipv4Groups(group) : Number.parseInt(group, 16)))
}

function ipv4Groups(address: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

/** The IPv4 address that is written as one of IPv6, as sockets that serve both do. */
export function mappedIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6)
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The network of the first `prefix` bits, written in one way only. */
export function ipv6Network(groups: readonly number[], prefix: number): string {
  const kept = groups.map((group, index) => {
    const bits = Math.min(16, Math.max(0, prefix - index * 16))
    return group & (0xffff << (16 - bits)) & 0xffff
  })
  const written = kept.slice(0, Math.ceil(prefix / 16)).map((group) => group.toString(16))
  return `${written.join(':')}${written.length < 8 ? '::' : ''}/${prefix}`
}
