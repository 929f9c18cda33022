import { memoryServer, memoryShare, standard } from '@holdfast/core'
import type { MemoryServer, PartConfig, Share } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { resilientFetch } from './resilient-fetch.ts'
import type { ResilientFetch, ResilientFetchOptions } from './resilient-fetch.ts'

let clock: VirtualClock
let server: MemoryServer
let shares: Share[]
/** The hosts that were asked, request by request. */
let asked: string[]
/** The hosts that answer with 503. */
let ill: Set<string>

beforeEach(() => {
  clock = new VirtualClock()
  server = memoryServer(clock)
  shares = []
  asked = []
  ill = new Set()
})

afterEach(async () => {
  const stopped = Promise.all(shares.map((share) => share.stop()))
  await clock.advance(1_000)
  await stopped
})

const underlying: typeof fetch = async (input) => {
  const { host } = new URL(input as string)
  asked.push(host)
  return new Response('', { status: ill.has(host) ? 503 : 200 })
}

/** One process: a client with a share of its own. */
function instance(options: ResilientFetchOptions): ResilientFetch {
  const random = seededRandom(shares.length + 1)
  const share = memoryShare({ server, clock, random })
  shares.push(share)
  return resilientFetch({ name: 'stock', fetch: underlying, clock, random, share, retry: false, ...options })
}

async function status(client: ResilientFetch, url: string): Promise<unknown> {
  return client(url).then(
    (response) => response.status,
    (error: { readonly code: string }) => error.code,
  )
}

it('opens a circuit for all clients when together they have seen enough, for that origin alone', async () => {
  const parts: readonly PartConfig[] = standard.map((part) =>
    part.kind === 'circuit-breaker' ? { ...part, minimumCalls: 20 } : part,
  )
  const clients = [instance({ parts }), instance({ parts })]
  ill.add('a.example')
  for (let call = 0; call < 12; call++) {
    for (const client of clients) expect(await status(client, 'https://a.example/')).toBe(503)
  }
  await clock.advance(500)
  for (const client of clients) {
    expect(await status(client, 'https://a.example/')).toBe('ERR_CIRCUIT_OPEN')
    expect(await status(client, 'https://b.example/')).toBe(200)
  }
})

it('ejects an endpoint for all clients when together they have seen enough', async () => {
  const endpoints = {
    primary: [{ id: 'a', url: 'https://a.example' }],
    standby: [{ id: 'b', url: 'https://b.example' }],
    ejection: { consecutiveFailures: false, failureRatio: { ratio: 0.5, minimumCalls: 20 } },
  } as const
  // Without circuits, which would be open before.
  const clients = [instance({ endpoints, parts: [] }), instance({ endpoints, parts: [] })]
  const reasons: string[] = []
  for (const { outbound } of clients) {
    outbound.on((event) => void (event.type === 'endpoint.ejected' && reasons.push(event.reason)))
  }
  ill.add('a.example')
  await clock.advance(100)
  for (let call = 0; call < 12; call++) for (const client of clients) await status(client, '/')
  expect(new Set(asked)).toEqual(new Set(['a.example']))
  await clock.advance(500)
  expect(reasons).toEqual(['fleet', 'fleet'])
  asked.length = 0
  for (const client of clients) expect(await status(client, '/')).toBe(200)
  expect(asked).toEqual(['b.example', 'b.example'])
})
