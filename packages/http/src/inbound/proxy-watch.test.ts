import { bulkhead } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { clientAddress } from './client-address.ts'
import { FakeRequest, FakeResponse } from './fake-exchange.ts'
import { inbound } from './inbound.ts'
import type { InboundOptions } from './options.ts'

let warnings: string[]

beforeEach(() => {
  warnings = []
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
})

afterEach(() => {
  vi.restoreAllMocks()
})

function serve(
  count: number,
  key: InboundOptions<FakeRequest>['key'],
  forwarded: (index: number) => string | undefined,
): void {
  const door = inbound<FakeRequest, FakeResponse>('door', [bulkhead()], () => {}, {
    clock: new VirtualClock(),
    key,
  })
  for (let index = 0; index < count; index++) {
    const response = new FakeResponse()
    const request = new FakeRequest({ 'x-forwarded-for': forwarded(index) }, '/', '10.0.0.9')
    void door.admit(request, response, response)
    response.answer(200)
  }
}

const each = (index: number): string => `1.1.1.${index % 200}`

it('says once when all clients count for the address of their proxy', () => {
  serve(99, clientAddress(), each)
  expect(warnings).toEqual([])
  serve(250, clientAddress(), each)
  expect(warnings).toEqual([expect.stringMatching(/^door: all requests count for one address/)])
})

it('says nothing where clients are told apart, or are one', () => {
  serve(250, clientAddress({ proxies: 1 }), each)
  serve(250, clientAddress(), () => '1.1.1.1')
  serve(250, clientAddress(), () => undefined)
  serve(250, () => 'the one account', each)
  serve(250, undefined, each)
  expect(warnings).toEqual([])
})
