import { setTimeout as wait } from 'node:timers/promises'
import { pipelineOf } from '@holdfast/core'
import type { TcpProxy } from '@holdfast/faults'
import type { Redis } from 'ioredis'

/** What a caller heard of one command, and what happened for it. */
export interface Heard {
  readonly did: string
  readonly heard: string
  readonly events: readonly string[]
}

/** Cuts the connections at the worst moment: Redis has done what it was asked to, and nobody has heard of it. */
async function cutWhileAsking<Value>(proxy: TcpProxy, ask: () => Promise<Value>): Promise<Value> {
  const before = proxy.statistics().bytes['from-target'].received
  proxy.set({ hold: true }, 'from-target')
  const answer = ask()
  // Whoever waits for it hears of it later.
  answer.catch(() => {})
  await proxy.received('from-target', before + 1)
  proxy.reset()
  proxy.clear()
  return answer
}

/** A service's cache on the other side of `proxy`, which loses connections and finally Redis itself. */
export async function story(cache: Redis, proxy: TcpProxy): Promise<readonly Heard[]> {
  const all: Heard[] = []
  const tell = async (did: string, ask: () => Promise<unknown>): Promise<void> => {
    const events: string[] = []
    const stop = pipelineOf(cache).on(({ type }) => events.push(type))
    const heard = await ask().then(String, (error: Error) => `${error.name}: ${error.message}`)
    stop()
    all.push({ did, heard, events })
  }
  await tell('set', () => cache.set('visits', 1))
  await tell('get, and the connection is lost', () => cutWhileAsking(proxy, () => cache.get('visits')))
  await tell('incr, and the connection is lost', () => cutWhileAsking(proxy, () => cache.incr('visits')))
  await tell('get', () => cache.get('visits'))
  await proxy.refuse()
  proxy.reset()
  await tell('10 x get, and Redis is gone', () => many(10, () => cache.get('visits')))
  await tell('get', () => cache.get('visits'))
  await proxy.accept()
  await wait(700)
  await tell('get, and Redis is back', () => cache.get('visits'))
  return all
}

/** How many of so many commands failed. */
async function many(times: number, ask: () => Promise<unknown>): Promise<string> {
  const ended = await Promise.allSettled(Array.from({ length: times }, ask))
  return `${ended.filter(({ status }) => status === 'rejected').length} failed`
}
