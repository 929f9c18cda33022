import { once } from 'node:events'
import { bulkhead, timeout } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import fastify from 'fastify'
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { protect } from './protect.ts'

const ok: RouteHandlerMethod = (_request, reply) => reply.send('ok')

function app(durationMs: number | (() => number), handlerTimeout: number): FastifyInstance {
  const door = protect('door', [timeout({ durationMs })], { clock: new VirtualClock() })
  return fastify({ handlerTimeout }).register(door)
}

function warnings(): readonly (Error & { code?: string })[] {
  const heard: (Error & { code?: string })[] = []
  const hear = (warning: Error): void => void heard.push(warning)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  return heard
}

it('is warned of once a route, where it ends before the deadline', async () => {
  const heard = warnings()
  const service = app(2_000, 1_000).get('/one', ok).get('/two', ok)
  for (const url of ['/one', '/one', '/two']) await service.inject(url)
  expect(heard.map(({ code }) => code)).toEqual(['HOLDFAST_HANDLER_TIMEOUT', 'HOLDFAST_HANDLER_TIMEOUT'])
  expect(heard[0]?.message).toMatch(/^door: .* GET \/one .* 1000 ms, .* 2000 ms;/)
})

it('is no matter where it ends after the deadline, or where there is none', async () => {
  const heard = warnings()
  await app(1_000, 2_000).get('/', ok).inject('/')
  await app(() => Infinity, 2_000)
    .get('/', ok)
    .inject('/')
  await app(3_000, 2_000).get('/', { handlerTimeout: 4_000 }, ok).inject('/')
  expect(heard).toEqual([])
})

it('that comes first is Fastify’s own answer, and the permit comes back', async () => {
  const permits = bulkhead({ limit: 1 })
  const service = fastify({ handlerTimeout: 5 }).register(protect('door', [permits]))
  service.get('/', (_request, reply) => void once(reply.raw, 'close'))
  const answer = await service.inject('/')
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'FST_ERR_HANDLER_TIMEOUT'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(permits.statistics().running).toBe(0)
})
