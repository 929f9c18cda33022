import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ipv6Groups, ipv6Network, mappedIpv4 } from './ipv6.ts'

const group = fc.oneof(fc.constantFrom(0, 1, 0xff, 0xffff), fc.integer({ min: 0, max: 0xffff }))
const address = fc.array(group, { minLength: 8, maxLength: 8 })

/** One of the many ways to write an address: zeros left out somewhere, the end as one of IPv4, capital letters. */
function written(
  groups: readonly number[],
  from: number,
  to: number,
  ipv4: boolean,
  capital: boolean,
): string {
  const texts = groups.map((each) => each.toString(16))
  const [high = 0, low = 0] = groups.slice(6)
  const end = ipv4 ? [[high >> 8, high & 255, low >> 8, low & 255].join('.')] : texts.slice(6)
  const all = [...texts.slice(0, 6), ...end]
  const canLeaveOut = to > from && to <= 6 && groups.slice(from, to).every((each) => each === 0)
  const text = canLeaveOut ? `${all.slice(0, from).join(':')}::${all.slice(to).join(':')}` : all.join(':')
  return capital ? text.toUpperCase() : text
}

const place = fc.integer({ min: 0, max: 6 })

test('an address is the same however it is written', () => {
  fc.assert(
    fc.property(address, place, place, fc.boolean(), fc.boolean(), (groups, from, to, ipv4, capital) => {
      const zeroed = groups.map((each, index) => (index >= from && index < to ? 0 : each))
      const text = written(zeroed, from, to, ipv4, capital)
      expect(isIP(text)).toBe(6)
      expect(ipv6Groups(text)).toEqual(zeroed)
    }),
  )
})

const bitsOf = (groups: readonly number[]): string =>
  groups.map((each) => each.toString(2).padStart(16, '0')).join('')

test('two addresses are of one network when they begin alike, and only then', () => {
  const prefixes = fc.oneof(
    fc.constantFrom(1, 15, 16, 17, 56, 63, 64, 65, 127, 128),
    fc.integer({ min: 1, max: 128 }),
  )
  fc.assert(
    fc.property(
      address,
      address,
      prefixes,
      fc.integer({ min: 0, max: 127 }),
      (one, other, prefix, flipped) => {
        const near = one.map((each, index) =>
          index === flipped >> 4 ? each ^ (1 << (15 - (flipped & 15))) : each,
        )
        for (const second of [other, near]) {
          const alike = bitsOf(one).slice(0, prefix) === bitsOf(second).slice(0, prefix)
          expect(ipv6Network(one, prefix) === ipv6Network(second, prefix)).toBe(alike)
        }
      },
    ),
  )
})

test('an address of IPv4 is found in the one form of IPv6 that stands for it', () => {
  fc.assert(
    fc.property(address, fc.ipV4(), (groups, ipv4) => {
      expect(mappedIpv4(ipv6Groups(`::ffff:${ipv4}`))).toBe(ipv4)
      const isMapped = groups.slice(0, 5).every((each) => each === 0) && groups[5] === 0xffff
      expect(mappedIpv4(groups) !== undefined).toBe(isMapped)
    }),
  )
})
