import { HoldfastConfigError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'
import type { ClientAddressOptions } from './client-address.ts'
import { FakeRequest } from './fake-exchange.ts'

function addressOf(
  forwarded: string | string[] | undefined,
  options: ClientAddressOptions = {},
  own: string = '10.0.0.9',
): string | undefined {
  return clientAddress(options)(new FakeRequest({ 'x-forwarded-for': forwarded }, '/', own))
}

describe('the address of a client', () => {
  it('is that of its connection, whatever it says', () => {
    expect(addressOf('1.1.1.1')).toBe('10.0.0.9')
    expect(addressOf(undefined, { proxies: 1 })).toBe('10.0.0.9')
  })

  it('is unknown where the connection has none', () => {
    expect(clientAddress()({ headers: {}, socket: {} })).toBeUndefined()
    expect(addressOf('1.1.1.1', { proxies: 1 }, '/run/service.sock')).toBeUndefined()
  })

  it.each([
    ['1.1.1.1', 1, '1.1.1.1'],
    ['2.2.2.2, 1.1.1.1', 1, '1.1.1.1'],
    ['2.2.2.2, 1.1.1.1', 2, '2.2.2.2'],
    ['2.2.2.2,1.1.1.1', 5, '2.2.2.2'],
    ['junk, 1.1.1.1', 2, '1.1.1.1'],
    ['2.2.2.2, unknown', 2, '10.0.0.9'],
    ['', 1, '10.0.0.9'],
    ['1.1.1.1:4711', 1, '1.1.1.1'],
    ['[2001:db8::1]:80', 1, '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 1, 'fe80:0:0:0::/64'],
    ['::ffff:1.1.1.1', 1, '1.1.1.1'],
    ['01.1.1.1', 1, '10.0.0.9'],
  ])('is taken from "%s" as far as %d proxies vouch for it', (forwarded, proxies, address) => {
    expect(addressOf(forwarded, { proxies })).toBe(address)
  })

  it.each([
    ['6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['1.1.1.1, 10.2.3.4', '1.1.1.1'],
    ['1.1.1.1, 192.0.2.1, 10.2.3.4', '192.0.2.1'],
    ['10.1.1.1, 10.2.3.4', '10.1.1.1'],
    ['1.1.1.1, fd00::5', '1.1.1.1'],
  ])('is the first in "%s" from behind that is no proxy of ours', (forwarded, address) => {
    expect(addressOf(forwarded, { proxies: ['10.0.0.0/8', 'fd00::/8'] })).toBe(address)
    expect(addressOf(forwarded, { proxies: ['192.168.0.1'] })).toBe('10.0.0.9')
  })

  it('is taken from no header that is too long, or that came as a list', () => {
    const long = `${'1.1.1.1, '.repeat(300)}2.2.2.2`
    expect(addressOf(long, { proxies: 1 })).toBe('10.0.0.9')
    expect(addressOf(['1.1.1.1'], { proxies: 1 })).toBe('10.0.0.9')
  })

  it('is of IPv6 a network, whose size may be chosen', () => {
    expect(addressOf(undefined, {}, '2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(addressOf(undefined, { ipv6Prefix: 56 }, '2001:db8:1:2ff:3::')).toBe('2001:db8:1:200::/56')
    expect(addressOf(undefined, { ipv6Prefix: 128 }, '::1')).toBe('0:0:0:0:0:0:0:1/128')
  })
})

it.each<[unknown, RegExp]>([
  [{ proxies: -1 }, /proxies must be an integer from 0 to 32, or an array/],
  [{ proxies: ['10.0.0.0/33'] }, /proxies must be addresses or networks, not "10.0.0.0\/33"/],
  [{ proxies: ['10.0.0.0/'] }, /not "10.0.0.0\/"/],
  [{ proxies: ['proxy.internal'] }, /not "proxy.internal"/],
  [{ ipv6Prefix: 0 }, /ipv6Prefix must be an integer from 1 to 128, not 0/],
  [{ trust: 1 }, /unknown option 'trust'/],
])('clientAddress(%o) is refused', (options, message) => {
  // What a caller without types may hand over.
  const make = () => clientAddress(options as ClientAddressOptions)
  expect(make).toThrow(HoldfastConfigError)
  expect(make).toThrow(message)
})
