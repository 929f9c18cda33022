import { describe, expect, test } from 'vitest'
import { movingPercentile } from './latency.ts'

describe('moving percentile', () => {
  test('has no value until enough latencies were recorded', () => {
    const latency = movingPercentile(0.95, 3)
    latency.record(10)
    latency.record(10)
    expect(latency.value()).toBeUndefined()
    latency.record(10)
    expect(latency.value()).toBe(10)
  })

  test('starts from the first latency', () => {
    const latency = movingPercentile(0.5, 1)
    latency.record(42)
    expect(latency.value()).toBe(42)
  })

  test('stands still while every latency is the same', () => {
    const latency = movingPercentile(0.5, 1)
    for (let each = 0; each < 1_000; each++) latency.record(7)
    expect(latency.value()).toBe(7)
  })

  test('a latency above moves it up by more than one below moves it down, where the percentile is high', () => {
    const latency = movingPercentile(0.9, 1)
    latency.record(100)
    latency.record(200)
    const up = (latency.value() as number) - 100
    latency.record(0)
    const down = 100 + up - (latency.value() as number)
    expect(up).toBeGreaterThan(0)
    expect(down).toBeGreaterThan(0)
    expect(up).toBeGreaterThan(5 * down)
  })

  test('moves by a hundredth of the deviation of about the last hundred, the wider the rarer the side', () => {
    const latency = movingPercentile(0.75, 1)
    const estimates = [100, 200, 200, 200].map((each) => {
      latency.record(each)
      return latency.value() as number
    })
    // Worked out by hand: mean and variance are smoothed with 2 / 101.
    const expected = [100, 100.55728, 101.33367, 102.27044]
    estimates.forEach((estimate, at) => expect(estimate).toBeCloseTo(expected[at] as number, 4))
  })

  test('a latency that equals the estimate leaves it where it is', () => {
    const latency = movingPercentile(0.5, 1)
    for (const each of [100, 200]) latency.record(each)
    const before = latency.value() as number
    latency.record(before)
    expect(latency.value()).toBe(before)
  })

  test('is never negative', () => {
    const latency = movingPercentile(0.01, 1)
    latency.record(1)
    for (let each = 0; each < 1_000; each++) latency.record(each % 100 === 0 ? 1_000 : 0)
    expect(latency.value()).toBeGreaterThanOrEqual(0)
  })
})
