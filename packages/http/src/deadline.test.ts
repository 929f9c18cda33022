import { describe, expect, it } from 'vitest'
import { readRemainingMs, timeoutHeader, writeRemainingMs } from './deadline.ts'

const read = (headers: Readonly<Record<string, string>>, name?: string): number | undefined =>
  readRemainingMs((header) => headers[header], name)

describe('what is left of the time', () => {
  it('is unknown where no header says it', () => {
    expect(read({})).toBeUndefined()
    expect(readRemainingMs(() => null)).toBeUndefined()
  })

  it('is read from the header of ours, under the name that is agreed on', () => {
    expect(read({ 'holdfast-timeout-ms': '250' })).toBe(250)
    expect(read({ 'holdfast-timeout-ms': '0' })).toBe(0)
    expect(read({ 'x-budget-ms': '40', 'holdfast-timeout-ms': '7' }, 'x-budget-ms')).toBe(40)
  })

  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['99999999m', 99_999_999],
    ['500u', 0.5],
    ['1n', 1e-6],
  ])('is read from gRPC’s %s', (text, ms) => expect(read({ 'grpc-timeout': text })).toBeCloseTo(ms, 9))

  it('is read from Envoy’s header, whose 0 means no limit', () => {
    expect(read({ 'x-envoy-expected-rq-timeout-ms': '15' })).toBe(15)
    expect(read({ 'x-envoy-expected-rq-timeout-ms': '0' })).toBeUndefined()
  })

  it('is the least that any of them says', () => {
    const headers = {
      'grpc-timeout': '2S',
      'x-envoy-expected-rq-timeout-ms': '1500',
      [timeoutHeader]: '1600',
    }
    expect(read(headers)).toBe(1_500)
  })

  it.each(['', ' 5', '5 ', '-1', '+1', '1.5', '1e3', '0x10', '٣', '5, 5', '1000000000000000', 'Infinity'])(
    'is not read from %j',
    (text) => {
      expect(read({ 'holdfast-timeout-ms': text })).toBeUndefined()
      expect(read({ 'x-envoy-expected-rq-timeout-ms': text })).toBeUndefined()
    },
  )

  it.each(['5', 'S', '5s', '123456789S', '-5S', '5 S', '5S, 5S', '1.5S', ''])(
    'is not read from gRPC’s %j',
    (text) => expect(read({ 'grpc-timeout': text })).toBeUndefined(),
  )
})

describe('what is written', () => {
  it('is whole milliseconds, less 5 for the way, and no less than nothing', () => {
    expect([250, 250.9, 5.1, 5, 4, 0, -3].map(writeRemainingMs)).toEqual([
      '245',
      '245',
      '0',
      '0',
      '0',
      '0',
      '0',
    ])
  })

  it('is nothing where there is no limit', () => expect(writeRemainingMs(Infinity)).toBeUndefined())

  it('is no longer than what is read', () => {
    expect(read({ [timeoutHeader]: writeRemainingMs(Number.MAX_VALUE) ?? '' })).toBe(999_999_999_999_999)
  })
})
