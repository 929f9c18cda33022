import { VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  pipeline,
  rateLimit,
  retry,
  timeout,
  wheelOf,
} from '../index.ts'
import type { Bulkhead, Call, CircuitBreaker, Part } from '../index.ts'

interface Planned {
  readonly afterMs: number
  readonly durationMs: number
  readonly ends: 'value' | 'error'
  readonly honours: boolean
  readonly abortedAfterMs: number | undefined
}

const time = fc.oneof(fc.constantFrom(0, 1, 19, 20, 21, 49, 50, 51, 99, 100, 101), around(50))

const calls: fc.Arbitrary<readonly Planned[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), time),
    durationMs: time,
    ends: fc.constantFrom('value', 'error'),
    honours: fc.boolean(),
    abortedAfterMs: fc.option(time, { nil: undefined, freq: 3 }),
  }),
  { minLength: 1, maxLength: 15 },
)

const makers: Readonly<Record<string, (name: string) => Part>> = {
  fallback: (name) =>
    fallback({
      name,
      value: 'fallback',
      when: (outcome) => 'error' in outcome && outcome.error !== 'caller',
    }),
  retry: (name) => retry({ name, attempts: 2, backoff: { type: 'constant', baseMs: 20, jitter: 'none' } }),
  breaker: (name) =>
    circuitBreaker({ name, minimumCalls: 3, openMs: 50, maximumOpenMs: 50, probeLeaseMs: 50, burst: false }),
  timeout: (name) => timeout({ name, durationMs: 50 }),
  bulkhead: (name) => bulkhead({ name, limit: 2, queue: { size: 1, maximumWaitMs: 20 } }),
  limit: (name) => rateLimit({ name, limit: 10, intervalMs: 100, maximumWaitMs: 20 }),
  hedge: (name) => hedge({ name, delayMs: 20 }),
}

const stacks: fc.Arbitrary<readonly string[]> = fc.shuffledSubarray(Object.keys(makers), { minLength: 1 })

interface Trace {
  readonly outcomes: readonly unknown[]
  readonly started: number
  readonly mostRunning: number
  readonly left: Readonly<Record<string, number>>
}

function build(kinds: readonly string[], plain: boolean): readonly Part[] {
  const parts = kinds.map((kind) => (makers[kind] as (name: string) => Part)(kind))
  if (!plain) return parts
  // A policy that does nothing between two parts puts each into a layer of its own.
  return parts.flatMap((part, index) => [
    part,
    { kind: 'gap', name: `gap-${index}`, wrap: (next: unknown) => next } as Part,
  ])
}

/** Runs the plan to its end on a clock of its own. */
async function run(kinds: readonly string[], plan: readonly Planned[], plain: boolean): Promise<Trace> {
  const clock = new VirtualClock({ now: 1_000 })
  const parts = build(kinds, plain)
  const guarded = pipeline('test', parts, { clock, random: () => 0.5 })
  const pending: { readonly at: number; readonly act: () => void }[] = []
  let running = 0
  let mostRunning = 0
  let started = 0
  const operation = (planned: Planned) => (call: Call) => {
    started++
    mostRunning = Math.max(mostRunning, ++running)
    return new Promise((resolve, reject) => {
      let ended = false
      const end = (settle: () => void): void => {
        if (ended) return
        ended = true
        running--
        settle()
      }
      const finish = planned.ends === 'value' ? () => resolve(call.attempt) : () => reject('failed')
      pending.push({ at: clock.now() + planned.durationMs + 0.5, act: () => end(finish) })
      if (planned.honours) call.onCancel((reason) => end(() => reject(reason)))
    })
  }
  const outcomes: unknown[] = plan.map(() => 'never settled')
  let at = clock.now()
  for (const [index, planned] of plan.entries()) {
    at += planned.afterMs
    const caller = new AbortController()
    pending.push({
      at,
      act: () => {
        void guarded.executeOutcome(operation(planned), { signal: caller.signal }).then((outcome) => {
          outcomes[index] = show(outcome)
        })
      },
    })
    if (planned.abortedAfterMs !== undefined) {
      pending.push({ at: at + planned.abortedAfterMs + 0.25, act: () => caller.abort('caller') })
    }
  }
  for (;;) {
    for (let idle = 0; pending.length === 0 && idle < 200; idle++) await clock.advance(1)
    if (pending.length === 0) break
    pending.sort((left, right) => left.at - right.at)
    const next = pending.shift() as (typeof pending)[number]
    await clock.advance(Math.max(0, next.at - clock.now()))
    next.act()
    await clock.settle()
  }
  return { outcomes, started, mostRunning, left: leftIn(parts, clock) }
}

function show(outcome: object): unknown {
  const error: unknown = 'error' in outcome ? outcome.error : undefined
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : outcome
}

function leftIn(parts: readonly Part[], clock: VirtualClock): Readonly<Record<string, number>> {
  const left: Record<string, number> = { timers: wheelOf(clock).size, alarms: clock.pending }
  for (const part of parts) {
    if (part.kind === 'bulkhead') {
      const { running, abandoned, waiting } = (part as Bulkhead).statistics()
      left['permits'] = running + abandoned + waiting
    }
    if (part.kind === 'circuit-breaker') left['passes'] = (part as CircuitBreaker).statistics().running
  }
  return left
}

describe('a run', () => {
  it('D8 D11 D12: settles every call once and leaves nothing behind, whatever the parts, their order and the history', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, calls, async (kinds, plan) => {
        const trace = await run(kinds, plan, false)
        expect(trace.outcomes).not.toContain('never settled')
        expect(new Set(Object.values(trace.left))).toEqual(new Set([0]))
        if (kinds.at(-1) === 'bulkhead') expect(trace.mostRunning).toBeLessThanOrEqual(2)
      }),
      { numRuns: 100 },
    )
  })

  it('behaves the same with one part a layer, as long as calls do not compete for the same moment', async () => {
    const apart = calls.map((plan) => plan.map((planned) => ({ ...planned, afterMs: planned.afterMs + 400 })))
    // A breaker hears of a timeout as a failure in its own layer and as a cancellation behind another part.
    const samePlain = stacks.filter((kinds) => !kinds.includes('breaker'))
    await fc.assert(
      fc.asyncProperty(samePlain, apart, async (kinds, plan) => {
        const fused = await run(kinds, plan, false)
        const plain = await run(kinds, plan, true)
        expect(plain).toEqual(fused)
      }),
      { numRuns: 100 },
    )
  })
})
