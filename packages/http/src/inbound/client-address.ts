import { BlockList, isIP } from 'node:net'
import { HoldfastConfigError } from '@holdfast/core'
import { checkOptions, either, integer } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { ipv6Groups, ipv6Network, mappedIpv4 } from './ipv6.ts'
import type { RequestLike } from './request.ts'

export interface ClientAddressOptions {
  /**
   * Who is believed about where a request came from, by `X-Forwarded-For`: how many proxies stand one behind the other in
   * front of this service, or the addresses and networks (`10.0.0.0/8`) that proxies have. Default 0: nobody.
   */
  readonly proxies?: number | readonly string[]
  /** How many bits of an IPv6 address tell clients apart, for one client may have all addresses behind. Default 64. */
  readonly ipv6Prefix?: number
}

/** Whether it is a proxy's, given how many have been passed on the way to the client. */
type IsProxy = (address: string, passed: number) => boolean

const networks: Rule = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
    ? undefined
    : 'an array of addresses and networks'

const rules: Readonly<Record<string, Rule>> = {
  proxies: either(integer(0, 32), networks),
  ipv6Prefix: integer(1, 128),
}

/** Longer than any chain of proxies that means well. */
const longest = 2_048

/**
 * Makes a key of the address that a request came from: an IPv4 address, or the network of an IPv6 address such as
 * `2001:db8:0:1::/64`. Undefined where the connection has none. A forwarded address counts only as far as proxies vouch for
 * it; one that is none ends the chain, and so does a header of more than 2 048 characters.
 */
export function clientAddress(
  options: ClientAddressOptions = {},
): (request: RequestLike) => string | undefined {
  const { proxies = 0, ipv6Prefix = 64 } = checkOptions('clientAddress', options, rules)
  const isProxy: IsProxy =
    typeof proxies === 'number' ? (_address, passed) => passed < proxies : inNetworks(proxies)
  const keyOf = (client: string | undefined): string | undefined =>
    client?.includes(':') === true ? ipv6Network(ipv6Groups(client), ipv6Prefix) : client
  const ownKey = remembering((remoteAddress) => keyOf(addressIn(remoteAddress)))
  return ({ headers, socket }) => {
    const forwarded = proxies === 0 ? undefined : headers['x-forwarded-for']
    if (typeof forwarded !== 'string') return ownKey(socket.remoteAddress)
    const own = addressIn(socket.remoteAddress)
    return own === undefined ? undefined : keyOf(behindProxies(own, forwarded, isProxy))
  }
}

type Read = (text: string | undefined) => string | undefined

/** So many are remembered at most: a connection has the same address with each of its requests. */
const maximumKnown = 1_000

function remembering(read: Read): Read {
  const known = new Map<string | undefined, string | undefined>()
  return (text) => {
    const last = known.get(text)
    if (last !== undefined) return last
    if (known.size >= maximumKnown) known.clear()
    const key = read(text)
    known.set(text, key)
    return key
  }
}

function behindProxies(own: string, forwarded: string, isProxy: IsProxy): string {
  if (forwarded.length > longest) return own
  const chain = forwarded.split(',')
  let client = own
  for (let passed = 0; passed < chain.length && isProxy(client, passed); passed++) {
    const before = addressIn(chain[chain.length - 1 - passed])
    if (before === undefined) return client
    client = before
  }
  return client
}

/** Without brackets, port and zone; an IPv4 address that is written as one of IPv6 is one of IPv4. */
function addressIn(text: string | undefined): string | undefined {
  const bare = text?.trim().replace(/^\[(.*)\](?::\d+)?$/, '$1') ?? ''
  const address = bare.replace(/%.*$/, '')
  if (isIP(address) === 6) return mappedIpv4(ipv6Groups(address)) ?? address
  const withoutPort = address.replace(/:\d+$/, '')
  return isIP(withoutPort) === 4 ? withoutPort : undefined
}

function inNetworks(proxies: readonly string[]): IsProxy {
  const list = new BlockList()
  for (const each of proxies) addNetwork(list, each)
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function addNetwork(list: BlockList, text: string): void {
  const [address = '', prefix] = text.split('/', 2)
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const bits = family === 'ipv6' ? 128 : 32
  if (
    isIP(address) === 0 ||
    (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) ||
    Number(prefix ?? 0) > bits
  ) {
    throw new HoldfastConfigError(`clientAddress: proxies must be addresses or networks, not "${text}"`)
  }
  list.addSubnet(address, Number(prefix ?? bits), family)
}
