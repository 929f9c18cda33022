import { expect, it } from 'vitest'
import type { Sample } from './load.ts'
import { picture } from './picture.ts'
import { schedule } from './schedule.ts'

const phases = schedule(8.4)

/** Twenty requests in each of the 84 columns. */
function run(sample: (atMs: number) => Partial<Sample>): readonly Sample[] {
  return Array.from({ length: 1_680 }, (_, index) => {
    return { atMs: index * 5, latencyMs: 10, ok: true, servedBy: 'primary', ...sample(index * 5) }
  })
}

function lines(...runs: readonly (readonly [string, readonly Sample[]])[]): readonly string[] {
  return picture(new Map(runs), phases).split('\n')
}

it('has every phase above the columns in which it was', () => {
  const [ruler = '', ...rest] = lines(['bare', run(() => ({}))])
  expect(
    ruler
      .trim()
      .split('│')
      .slice(1)
      .map((name) => name.trim()),
  ).toEqual(phases.map(({ name }) => name))
  for (const [index, letter] of [...ruler].entries()) if (letter === '│') expect((index - 12) % 12).toBe(0)
  expect(Math.max(ruler.length, ...rest.map((line) => line.length))).toBeLessThanOrEqual(100)
})

it('shows a full block only where every request succeeded, and none where none did', () => {
  const bare = run((atMs) => ({ ok: atMs >= 200 || (atMs >= 100 && atMs !== 150) }))
  const line = lines(['bare', bare])[3]
  expect(line).toBe(`  bare       ▇${'█'.repeat(82)}`)
})

it('shows latency by its logarithm, within bounds, of what succeeded', () => {
  const latencies = [1, 10, 141, 2_000, 60_000]
  const run84 = run((atMs) => ({
    latencyMs: latencies[Math.floor(atMs / 100)] ?? 10,
    ok: atMs < 600 || atMs >= 700,
  }))
  expect(lines(['bare', run84])[6]).toBe(`  bare      ▁▁▄██▁·${'▁'.repeat(77)}`)
})

it('draws the runs below each other', () => {
  const drawn = lines(['bare', run(() => ({}))], ['holdfast', run(() => ({}))])
  expect(drawn.map((line) => line.trim().split(' ')[0])).toEqual([
    '│healthy',
    '',
    'success,',
    'bare',
    'holdfast',
    '',
    'p99',
    'bare',
    'holdfast',
    '',
    'who',
    'bare',
    'holdfast',
  ])
})

it('shows who served most of what succeeded', () => {
  const served = run((atMs) => ({
    servedBy: atMs % 100 < 50 || atMs >= 200 ? 'primary' : 'standby',
    ok: atMs < 300 || atMs >= 400,
  }))
  const switched = run((atMs) => ({ servedBy: atMs < 100 ? 'primary' : 'standby' }))
  expect(lines(['bare', served])[9]).toBe(`  bare      ███·${'█'.repeat(80)}`)
  expect(lines(['bare', switched])[9]).toBe(`  bare      █${'░'.repeat(83)}`)
})
