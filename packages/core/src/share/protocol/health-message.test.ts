import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from './message.ts'

const endpoint = {
  type: 'endpoint',
  id: 'shop/endpoints',
  endpoint: 'primary',
  epoch: 1_800_000_000_000,
  status: 'open',
  remainingMs: 5_000,
  reason: 'tripped',
  openings: 1,
} as const
const register = {
  type: 'register',
  id: 'shop/endpoints',
  epoch: 1_800_000_000_000,
  active: 1,
  panic: false,
  reason: 'failover',
} as const

describe('a message about health', () => {
  it('carries the whole state of an endpoint, or of the register', () => {
    expect(encodeMessage(endpoint)).toBe('1e|shop/endpoints|primary|1800000000000|1|5000|tripped|1')
    expect(encodeMessage(register)).toBe('1r|shop/endpoints|1800000000000|1|0|failover')
    expect(decodeMessage(encodeMessage(endpoint))).toEqual(endpoint)
    expect(decodeMessage(encodeMessage(register))).toEqual(register)
  })

  it('has at most 200 bytes', () => {
    const longest = {
      ...endpoint,
      id: 'i'.repeat(80),
      endpoint: 'e'.repeat(64),
      reason: 'recovered',
      openings: 1_000,
    }
    const text = encodeMessage({ ...longest, remainingMs: 86_400_000, reason: 'recovered' })
    expect(text.length).toBeLessThanOrEqual(200)
    expect(decodeMessage(text)).toBeDefined()
  })

  it('is none with another version, part or order, or with anything out of bounds', () => {
    const wrong = [
      '2e|s|a|1|1|5000|tripped|1',
      '1e|s|a|1|3|5000|tripped|1',
      '1e|s|a|1|1|86400001|tripped|1',
      '1e|s|a|9999999999999999|1|0|tripped|1',
      '1e|s|a|1|1|5000|failover|1',
      '1e|s|a|1|1|5000|override|1',
      '1e|s|a:b|1|1|5000|tripped|1',
      '1e|s|a|1|1|5000|tripped',
      '1e|s|a|1|1|5000|tripped|1|',
      '1e|s||1|1|5000|tripped|1',
      `1e|${'s'.repeat(81)}|a|1|1|5000|tripped|1`,
      `1e|s|${'a'.repeat(65)}|1|1|5000|tripped|1`,
      '1r|s|1|1|2|failover',
      '1r|s|1|1000|0|failover',
      '1r|s|1|1|0|tripped',
      '1r|s|-1|1|0|failover',
      '1r|s|9999999999999999|1|0|failover',
      '1r|s|1|1|0|failover\n',
      '1r||1|1|0|failover',
    ]
    expect(wrong.filter((text) => decodeMessage(text) !== undefined)).toEqual([])
  })
})
