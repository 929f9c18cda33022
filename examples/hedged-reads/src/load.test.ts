import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { load, percentile } from './load.ts'
import type { Result } from './load.ts'
import { Reads, variants } from './reads.ts'
import { Replicas } from './replicas.ts'

async function resultOf(variant: string): Promise<Result> {
  const clock = new VirtualClock()
  const replicas = new Replicas(seededRandom(1))
  const reads = new Reads(replicas, variants[variant]?.() ?? [], { clock, random: seededRandom(2) })
  return load(reads, replicas, (ms) => clock.advance(ms))
}

it('hedging takes the slowest reads away for a few more reads, and stops those that lose', async () => {
  const plain = await resultOf('plain')
  const hedged = await resultOf('hedged')
  expect(plain).toMatchObject({ reads: 600, stopped: 0 })
  expect(percentile(plain, 0.99)).toBe(300)
  expect(percentile(hedged, 0.99)).toBeLessThan(60)
  expect(percentile(hedged, 0.5)).toBeLessThan(15)
  expect(hedged.reads).toBeGreaterThan(605)
  expect(hedged.reads).toBeLessThan(600 * 1.12)
  expect(hedged.stopped).toBe(hedged.reads - 600)
})
