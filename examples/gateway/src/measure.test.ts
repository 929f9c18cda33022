import { describe, expect, it } from 'vitest'
import type { Sample } from './load.ts'
import { buckets, percentile, result, successOf } from './measure.ts'
import { schedule } from './schedule.ts'

const phases = schedule(14)
const [hungMs, killedMs, backMs] = [6_000, 8_000, 10_000] as const

/** One request in every 10 ms, each served by the primary in 10 ms, except as `change` says. */
function run(change: (atMs: number) => Partial<Sample> = () => ({})): readonly Sample[] {
  return Array.from({ length: 1_400 }, (_, index) => {
    const atMs = index * 10
    return { atMs, latencyMs: 10, ok: true, servedBy: 'primary', ...change(atMs) }
  })
}

const within = (atMs: number, fromMs: number, toMs: number): boolean => atMs >= fromMs && atMs < toMs
const samples = (...latencies: readonly number[]): readonly Sample[] =>
  latencies.map((latencyMs) => ({ atMs: 0, latencyMs, ok: true, servedBy: undefined }))

describe('percentile', () => {
  it('is the least latency that the share does not exceed', () => {
    const hundred = samples(...Array.from({ length: 100 }, (_, index) => 100 - index))
    expect([0, 0.5, 0.99, 1].map((p) => percentile(hundred, p))).toEqual([1, 50, 99, 100])
    expect([0.5, 0.51, 0.99].map((p) => percentile(samples(1, 2), p))).toEqual([1, 2, 2])
    expect(percentile(samples(7), 0.99)).toBe(7)
    expect(percentile([], 0.5)).toBeNaN()
  })
})

describe('buckets', () => {
  it('hold what was due in them, and nothing from outside', () => {
    const due = [99, 100, 149, 150, 199, 200].map((atMs) => ({ ...(samples(1)[0] as Sample), atMs }))
    const sorted = buckets(due, 100, 2, 50)
    expect(sorted.map((bucket) => bucket.map(({ atMs }) => atMs))).toEqual([
      [100, 149],
      [150, 199],
    ])
  })
})

describe('a run', () => {
  it('in which all went well at the standby from the start of each outage on', () => {
    const standby = run((atMs) => (within(atMs, hungMs, backMs) ? { servedBy: 'standby' } : {}))
    expect(result(standby, phases, 3)).toEqual({
      success: 1,
      p50Ms: 10,
      p99Ms: 10,
      sentToPrimaryWhileDown: 3,
      failOverMs: 0,
      failBackMs: 0,
    })
  })

  it('fails over when the standby serves without a wait for the primary, in the slower of both outages', () => {
    const slow = { servedBy: 'standby', latencyMs: 900 }
    const waits = run((atMs) => {
      if (within(atMs, hungMs, hungMs + 500) || within(atMs, killedMs, killedMs + 750)) return slow
      return within(atMs, hungMs, backMs) ? { servedBy: 'standby' } : {}
    })
    expect(result(waits, phases, 0).failOverMs).toBe(750)
  })

  it('has not failed over while more than one in a hundred fails, nor where it did so in one outage alone', () => {
    const failing = run((atMs) => {
      if (within(atMs, killedMs, backMs)) return { servedBy: 'standby', ok: atMs % 250 !== 0 }
      return within(atMs, hungMs, killedMs) ? { servedBy: 'standby' } : {}
    })
    expect(result(failing, phases, 0).failOverMs).toBeUndefined()
  })

  it('fails back when the primary serves nine in ten', () => {
    const late = run((atMs) => {
      if (within(atMs, backMs, backMs + 1_000)) return { servedBy: atMs % 80 === 0 ? 'standby' : 'primary' }
      return within(atMs, hungMs, backMs) ? { servedBy: 'standby' } : {}
    })
    expect(result(late, phases, 0).failBackMs).toBe(1_000)
    const later = run((atMs) => (within(atMs, hungMs, backMs + 3_000) ? { servedBy: 'standby' } : {}))
    expect(result(later, phases, 0).failBackMs, 'in a later phase').toBe(3_000)
    const never = run((atMs) => (atMs >= hungMs ? { servedBy: 'standby' } : {}))
    expect(result(never, phases, 0).failBackMs).toBeUndefined()
  })

  it('counts what failed, with the time that it took', () => {
    const failed = run((atMs) => (atMs < 140 ? { ok: false, latencyMs: 2_000, servedBy: undefined } : {}))
    expect(successOf(failed)).toBe(0.99)
    expect(result(failed, phases, 0)).toMatchObject({ success: 0.99, p99Ms: 10 })
    expect(percentile(failed, 0.991)).toBe(2_000)
  })

  it('without a request shows nothing', () => {
    expect(result([], phases, 0)).toMatchObject({ success: 0, failOverMs: undefined, failBackMs: undefined })
  })
})
