import { describe, expect, it } from 'vitest'
import { ejectionFrom } from './ejection.ts'
import { outliers } from './outliers.ts'
import type { Observed } from './outliers.ts'

const { outliers: rules } = ejectionFrom('test')
const judged = (...group: Observed[]) => outliers(group, rules)
const of = (calls: number, failures: number, medianMs?: number): Observed => ({ calls, failures, medianMs })
const good = of(100, 0)
const none = undefined

describe('an endpoint is an outlier', () => {
  it('where it succeeds less often than four good ones', () => {
    expect(judged(good, good, good, good, of(100, 20))).toEqual([none, none, none, none, 'success-rate'])
  })

  it('not of fewer than five, nor where one in four fails: the others are too few to say what is usual', () => {
    expect(judged(good, good, good, of(100, 20))).toEqual([none, none, none, none])
    const bad = of(100, 20)
    expect(judged(good, good, good, good, good, good, bad, bad, good)).toEqual(Array(9).fill(none))
  })

  it('not with too few calls', () => {
    expect(judged(good, good, good, good, of(99, 20))).toEqual(Array(5).fill(none))
    expect(judged(of(49, 49), good)).toEqual([none, none])
  })

  it('where most of its calls fail, whatever the others do', () => {
    expect(judged(of(50, 43), of(50, 42))).toEqual(['failure-ratio', none])
    expect(judged(of(50, 50), of(50, 50))).toEqual(['failure-ratio', 'failure-ratio'])
  })

  it('where it takes three times as long as the others, and a tenth of a second longer', () => {
    expect(judged(of(20, 0, 60), of(20, 0, 61), of(20, 0, 190))).toEqual([none, none, 'latency'])
    expect(judged(of(20, 0, 60), of(20, 0, 61), of(20, 0, 183))).toEqual([none, none, none])
    expect(judged(of(20, 0, 5), of(20, 0, 5), of(20, 0, 105))).toEqual([none, none, none])
    expect(judged(of(20, 0, 5), of(20, 0, 5), of(20, 0, 106))).toEqual([none, none, 'latency'])
  })

  it('by its successes alone, of which there must be enough, at enough endpoints', () => {
    expect(judged(of(20, 0, 5), of(20, 0, 5), of(40, 21, 900))).toEqual([none, none, none])
    expect(judged(of(20, 0, 5), of(20, 0, 900))).toEqual([none, none])
  })

  it('for nothing that is turned off', () => {
    const off = { successRate: false, failureRatio: false, latency: false } as const
    const group = [good, good, good, good, of(100, 100, 900)]
    expect(outliers(group, off)).toEqual(Array(5).fill(none))
  })
})
