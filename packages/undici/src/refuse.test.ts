import { HoldfastConfigError } from '@holdfast/core'
import { service, statuses } from '@holdfast/test-servers/http'
import { Agent, getGlobalDispatcher, interceptors, RetryAgent, setGlobalDispatcher } from 'undici'
import type { Dispatcher } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchThrough } from './fetch-through.ts'
import { holdfast } from './interceptor.ts'

let agent: Agent
let dispatcher: Dispatcher

beforeEach(() => {
  agent = new Agent()
  dispatcher = agent.compose(holdfast({ retry: { backoff: { baseMs: 0 }, budget: false } }))
})

afterEach(() => agent.destroy())

const builtInMajor = Number(process.versions['undici']?.split('.')[0])

describe('the fetch built into Node', () => {
  it('either understands the dispatcher or is told what to do, but does not hang', async () => {
    const { origin, requests } = await service(statuses(503, 200))
    // The type of the built-in one is that of its own undici.
    const answer = fetch(origin, { dispatcher: dispatcher as never })
    if (builtInMajor >= 8) {
      expect(await (await answer).text()).toBe('answer 2')
      return
    }
    const error = await answer.catch((reason: Error) => reason)
    expect(error).toMatchObject({ cause: expect.any(HoldfastConfigError) })
    expect(String((error as Error).cause)).toContain('fetchThrough')
    expect(requests).toEqual([])
  })

  it('goes through the dispatcher that undici 8 makes the global one', async () => {
    const { origin } = await service(statuses(503, 200))
    const before = getGlobalDispatcher()
    setGlobalDispatcher(dispatcher)
    try {
      expect(await (await fetch(origin)).text()).toBe('answer 2')
    } finally {
      setGlobalDispatcher(before)
    }
  })

  it('has a stand-in of the same undici', async () => {
    const { origin } = await service(statuses(503, 200))
    const response = await fetchThrough(dispatcher)(origin, { headers: { 'x-own': 'a' } })
    expect([response.status, await response.text()]).toEqual([200, 'answer 2'])
  })
})

describe('a handler of undici 7', () => {
  it.each(['onConnect', 'onHeaders'])('is refused by what it has: %s', (method) => {
    const handler = { [method]: () => {} } as Dispatcher.DispatchHandler
    const dispatch = (): boolean =>
      dispatcher.dispatch({ origin: 'http://a.example', path: '/', method: 'GET' }, handler)
    expect(dispatch).toThrow(HoldfastConfigError)
    expect(dispatch).toThrow('undici 7 or older')
  })
})

describe('undici’s own retry', () => {
  it('is refused inside', () => {
    expect(() => agent.compose(interceptors.retry(), holdfast())).toThrow('attempts multiply')
  })

  it.each([
    ['as an interceptor', () => agent.compose(holdfast(), interceptors.retry())],
    ['as an agent', () => new RetryAgent(agent.compose(holdfast()))],
  ])('is refused outside, %s', async (_how, make) => {
    const { origin, requests } = await service(statuses(200))
    await expect(make().request({ origin, path: '/', method: 'GET' })).rejects.toThrow('attempts multiply')
    expect(requests).toEqual([])
  })
})
