import type { Server } from 'node:http'
import { bulkhead, circuitBreaker, fallback, pipeline, retry, timeout } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'
import { listen } from '../listen.ts'
import { answer, room, served, timeoutMs } from '../subject.ts'
import type { Group, ServerSubject } from '../subject.ts'

const handler = async (): Promise<string> => answer

function answering(work: () => Promise<unknown>): Promise<Server> {
  return listen((_request, response) => {
    void work().then((text) => response.end(text))
  })
}

function throughHoldfast(): Promise<Server> {
  const guarded = pipeline('bench', [
    fallback({ value: '' }),
    retry({ attempts: 3 }),
    circuitBreaker(),
    timeout({ durationMs: timeoutMs }),
    bulkhead({ limit: room }),
  ])
  return answering(() => guarded.execute(handler))
}

function throughOpossum(): Promise<Server> {
  const breaker = new Opossum(handler, { timeout: timeoutMs, capacity: room })
  breaker.fallback(() => '')
  return answering(() => breaker.fire())
}

function throughCockatiel(): Promise<Server> {
  const all = cockatiel.handleAll
  const sampling = new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 })
  const policy = cockatiel.wrap(
    cockatiel.fallback(all, ''),
    cockatiel.retry(all, { maxAttempts: 2 }),
    cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling }),
    cockatiel.timeout(timeoutMs, cockatiel.TimeoutStrategy.Aggressive),
    cockatiel.bulkhead(room),
  )
  return answering(() => policy.execute(handler))
}

/** On Node's own server, where a stack shows most. Opossum has four of the five parts: it does not retry. */
export const aroundHandler: Group<ServerSubject> = {
  name: 'around a handler',
  subjects: {
    bare: served(() => answering(handler)),
    'holdfast, five parts': served(throughHoldfast),
    'opossum, four parts': served(throughOpossum),
    'cockatiel, five parts': served(throughCockatiel),
  },
}
