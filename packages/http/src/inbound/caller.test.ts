import { describe, expect, it } from 'vitest'
import { callerOf } from './caller.ts'
import type { Caller } from './caller.ts'
import { FakeRequest } from './fake-exchange.ts'

const settings = {
  maximumMs: 60_000,
  deadlineHeader: 'holdfast-timeout-ms',
  criticalityHeader: 'holdfast-criticality',
}

const said = (headers: FakeRequest['headers'], other: Partial<typeof settings> = {}): Caller =>
  callerOf(new FakeRequest(headers), { ...settings, ...other })

describe('how long a caller waits', () => {
  it.each([
    ['holdfast-timeout-ms', '250', 250],
    ['grpc-timeout', '2S', 2_000],
    ['x-envoy-expected-rq-timeout-ms', '70', 70],
    ['holdfast-timeout-ms', '3600000', 60_000],
    ['holdfast-timeout-ms', '0', 0],
    ['holdfast-timeout-ms', '1e3', undefined],
    ['holdfast-timeout-ms', '-5', undefined],
    ['holdfast-timeout-ms', '5, 10', undefined],
  ])('is read from %s: %s', (header, text, ms) => {
    expect(said({ [header]: text }).leftMs).toBe(ms)
  })

  it('is read from another header where that is agreed on', () => {
    expect(said({ 'x-left': '5' }, { deadlineHeader: 'x-left' }).leftMs).toBe(5)
  })

  it('is unknown where a header came as a list', () => {
    expect(said({ 'holdfast-timeout-ms': ['5', '10'] }).leftMs).toBeUndefined()
  })
})

describe('which attempt it is', () => {
  it('is read from the header that says so, and is the first where none does', () => {
    expect(said({ 'holdfast-attempt': '3' }).attempt).toBe(3)
    expect(said({}).attempt).toBe(1)
  })
})

describe('how much a request matters', () => {
  it.each<[FakeRequest['headers'], unknown]>([
    [{ 'holdfast-criticality': 'sheddable' }, 'sheddable'],
    [{ 'holdfast-criticality': 'CRITICAL' }, undefined],
    [{ 'holdfast-criticality': 'most' }, undefined],
    [{ 'holdfast-criticality': '' }, undefined],
    [{ baggage: 'a=1, criticality = critical-plus ;p=1,b=2' }, 'critical-plus'],
    [{ baggage: 'criticality=sheddable,criticality=critical' }, 'sheddable'],
    [{ baggage: 'uncriticality=sheddable' }, undefined],
    [{ baggage: 'criticality' }, undefined],
    [{ 'holdfast-criticality': 'sheddable', baggage: 'criticality=critical' }, 'sheddable'],
    [{}, undefined],
  ])('is read from %o', (headers, criticality) => {
    expect(said(headers).criticality).toBe(criticality)
  })

  it('is read from no baggage that is too long, and from no member too far back', () => {
    const tooLong = `${'a'.repeat(8_192)}=1,criticality=sheddable`
    const tooMany = `${'a=1,'.repeat(180)}criticality=sheddable`
    expect([said({ baggage: tooLong }), said({ baggage: tooMany })]).toEqual([
      { leftMs: undefined, criticality: undefined, attempt: 1 },
      { leftMs: undefined, criticality: undefined, attempt: 1 },
    ])
    expect(said({ baggage: `${'a=1,'.repeat(179)}criticality=sheddable` }).criticality).toBe('sheddable')
  })
})
