import { wheelOf } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import { leftovers, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StatusError } from '../status-error.ts'
import { FakeService, requestOf } from './fake-service.ts'
import type { FakeResponse } from './fake-service.ts'
import { outbound } from './outbound.ts'
import type { Answer, Attempt } from './request.ts'

/** What the service does with one attempt, after so many milliseconds, whether or not it is cut short meanwhile. */
interface Planned {
  readonly afterMs: number
  readonly ends: number | 'ECONNREFUSED' | 'ECONNRESET'
  readonly heedsAbort: boolean
}

const planned: fc.Arbitrary<Planned> = fc.record({
  afterMs: fc.oneof(around(10), around(100)),
  ends: fc.constantFrom<Planned['ends'][]>(200, 404, 429, 500, 503, 'ECONNREFUSED', 'ECONNRESET'),
  heedsAbort: fc.boolean(),
})

const endpoints = [
  { id: 'a', url: 'https://a.example' },
  { id: 'b', url: 'https://b.example' },
]
const attempts = 3
const hedges = 1

/** Some know nothing of HTTP: they send again whatever they are given. */
const optionalParts: readonly PartConfig[] = [
  { kind: 'timeout', name: 'total', durationMs: 500 },
  { kind: 'retry', attempts, backoff: { baseMs: 10, jitter: 'none' } },
  { kind: 'hedge', hedges, delayMs: 10 },
  { kind: 'fallback', endpoints },
  { kind: 'circuit-breaker', consecutiveFailures: 2, openMs: 20 },
  { kind: 'timeout', durationMs: 100 },
  { kind: 'bulkhead', limit: 1 },
]
const withoutBudgets = optionalParts.map((part) =>
  part.kind === 'retry' || part.kind === 'hedge' ? { ...part, budget: false as const } : part,
)
const parts = fc.subarray(withoutBudgets, { minLength: 1 })

const given = fc.record({
  parts,
  plan: fc.array(planned, { minLength: 1, maxLength: 16 }),
  method: fc.constantFrom('GET', 'POST'),
  replayable: fc.boolean(),
  abortedAfterMs: fc.option(around(100), { nil: undefined }),
})

type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never

interface Sent {
  readonly at: number
  readonly endedAt: number
  readonly ends: Planned['ends']
  readonly remaining: string | undefined
}

interface Told {
  readonly clock: VirtualClock
  readonly caller: AbortController
  /** Those that were answered, in the order of the service's responses. */
  readonly answered: readonly Attempt[]
  readonly sent: readonly Sent[]
  readonly heard: unknown
  readonly service: FakeService
}

async function told({ parts: chosen, plan, method, replayable, abortedAfterMs }: Given): Promise<Told> {
  const clock = new VirtualClock()
  const client = outbound({ clock, random: () => 0.5, parts: chosen })
  const service = new FakeService()
  const sent: Sent[] = []
  const answered: Attempt[] = []
  const caller = new AbortController()
  const request = requestOf({ method, replayable, signal: caller.signal, url: 'https://a.example/' })
  const result = client.send(request, (attempt) => {
    const { call, headers, signal } = attempt
    const { afterMs, ends, heedsAbort } = plan[sent.length % plan.length] as Planned
    const at = clock.now()
    sent.push({ at, endedAt: at + afterMs, ends, remaining: headers.get('holdfast-timeout-ms') })
    return new Promise<Answer<FakeResponse>>((resolve, reject) => {
      if (heedsAbort) signal.addEventListener('abort', () => reject(signal.reason))
      const end = (): void => {
        if (heedsAbort && call.cancelled) return
        if (typeof ends === 'number') {
          answered.push(attempt)
          resolve(service.answer(ends))
        } else reject(Object.assign(new Error(ends), { code: ends }))
      }
      clock.alarm(end).set(at + afterMs)
    })
  })
  const heard = result.catch((error: unknown) => ({ error }))
  if (abortedAfterMs !== undefined) clock.alarm(() => caller.abort('left')).set(abortedAfterMs)
  await clock.advance(10_000)
  expect(wheelOf(clock).size).toBe(0)
  return { clock, caller, answered, sent, heard: await heard, service }
}

test('a body that can be read once is sent once, whatever the parts', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const { sent } = await told({ ...input, replayable: false })
      expect(sent.length).toBeLessThanOrEqual(1)
    }),
  )
})

test('what may have been done is not sent again unless it may be done twice, whatever the parts', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const { sent } = await told({ ...input, method: 'POST', replayable: true })
      for (const { ends, endedAt, at } of sent.slice(0, -1)) {
        expect(ends).toBe('ECONNREFUSED')
        for (const later of sent.filter((other) => other.at > at)) {
          expect(later.at).toBeGreaterThanOrEqual(endedAt)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('there are no more attempts than the parts allow', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const { sent } = await told(input)
      const has = (kind: PartConfig['kind']): boolean => input.parts.some((part) => part.kind === kind)
      const most =
        (has('retry') ? attempts : 1) *
        (has('hedge') ? 1 + hedges : 1) *
        (has('fallback') ? endpoints.length : 1)
      expect(sent.length).toBeLessThanOrEqual(most)
    }),
  )
})

test('every answer is the caller’s or is discarded, once', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const { heard, service } = await told(input)
      for (const response of service.responses) expect(response.discarded).toBe(response === heard ? 0 : 1)
    }),
    { numRuns: 300 },
  )
})

test('the caller’s signal cuts the body that they read, and keeps nothing of any attempt when that has ended', async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.boolean(), async (input, leaves) => {
      const { answered, caller, clock, heard, service } = await told(input)
      const theirs = answered[service.responses.findIndex((response) => response === heard)]
      if (leaves) caller.abort('enough')
      expect(theirs?.signal.reason).toBe(theirs && caller.signal.reason)
      for (const { body } of service.responses) body.destroy()
      await clock.settle()
      expect(leftovers(clock, caller.signal)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('no status reaches the caller as an error', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const { heard } = await told(input)
      const error = typeof heard === 'object' && heard !== null && 'error' in heard ? heard.error : undefined
      expect(error).not.toBeInstanceOf(StatusError)
    }),
    { numRuns: 300 },
  )
})

test('the time that a retry is given is no longer than what was left', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (input) => {
      const total: PartConfig = { kind: 'timeout', name: 'total', durationMs: 500 }
      const others = input.parts.filter(({ kind }) => kind !== 'timeout')
      const { sent } = await told({ ...input, parts: [total, ...others] })
      for (const { at, remaining } of sent) expect(Number(remaining)).toBeLessThanOrEqual(500 - at)
      expect(sent.every(({ remaining }) => remaining !== undefined)).toBe(true)
    }),
  )
})

test('when everything fails, retries and hedges of an origin cost what their budget pays', async () => {
  const calls = fc.array(fc.record({ gapMs: around(100), ends: fc.constantFrom(503, 500) }), {
    minLength: 1,
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(calls, fc.boolean(), async (history, hedge) => {
      const clock = new VirtualClock()
      const client = outbound({
        clock,
        random: () => 0.5,
        hedge: hedge && { delayMs: 1 },
        parts: [{ kind: 'retry', attempts: 5, backoff: { baseMs: 1 } }],
      })
      let sent = 0
      for (const { gapMs, ends } of history) {
        const service = new FakeService(ends)
        const result = client.send(requestOf(), service.send)
        await clock.advance(200 + gapMs)
        await result
        sent += service.attempts.length
      }
      // One a second of reserve, ten seconds of which can be kept.
      expect(sent).toBeLessThanOrEqual(history.length + 10 + clock.now() / 1_000)
    }),
    { numRuns: 30 },
  )
})
