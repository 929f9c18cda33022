import { expect, it, vi } from 'vitest'
import { Demo } from './process.ts'

interface Side {
  readonly success: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly sentToPrimaryWhileDown: number
  readonly failOverMs: number | null
  readonly failBackMs: number | null
}

interface Output {
  readonly bare: Side
  readonly holdfast: Side
  readonly goals: readonly { readonly text: string; readonly met: boolean }[]
}

it('prints its table as one line of JSON, tells by its exit code whether all goals are met, and leaves no process', async () => {
  const demo = new Demo(['--seconds', '7', '--json'])
  await demo.ended
  expect(demo.hasProcesses).toBe(false)
  expect(demo.stderr).toBe('')
  expect(demo.stdout).toMatch(/^\{[^\n]*\}\n$/)
  const { bare, holdfast, goals } = JSON.parse(demo.stdout) as Output
  for (const side of [bare, holdfast]) {
    expect(side.success).toBeGreaterThan(0)
    expect(side.success).toBeLessThanOrEqual(1)
    expect(side.p50Ms).toBeGreaterThan(0)
    expect(side.p99Ms).toBeGreaterThanOrEqual(side.p50Ms)
    expect(side.sentToPrimaryWhileDown).toBeGreaterThanOrEqual(0)
    expect(side).toHaveProperty('failBackMs')
  }
  expect(bare.failOverMs, 'it has nowhere to go').toBeNull()
  expect(goals.map(({ met }) => met)).toEqual([
    holdfast.success >= 0.99,
    holdfast.failOverMs !== null && holdfast.failOverMs <= 1_000,
    holdfast.failBackMs !== null && holdfast.failBackMs <= 3_000,
  ])
  expect(demo.child.exitCode).toBe(goals.every(({ met }) => met) ? 0 : 1)
  // With room for a machine that is busy with other tests.
  expect(bare.success).toBeLessThan(0.85)
  expect(holdfast.success).toBeGreaterThan(bare.success + 0.1)
  expect(holdfast.sentToPrimaryWhileDown).toBeLessThan(bare.sentToPrimaryWhileDown)
})

it('shows the policies, every phase as it goes, the picture, the table and the goals, in a hundred columns', async () => {
  const demo = new Demo(['--seconds', '3.5'])
  await demo.ended
  const lines = demo.stdout.split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  const parts = [
    /attempts: \d/,
    /0\.0 s {2}healthy +bare +[\d.]+ % +holdfast +[\d.]+ %/,
    /3\.0 s {2}both slow +bare/,
    /│healthy +│20 % errors *│latency ×20│hung +│killed +│back +│both slow/,
    /success +[\d.]+ % +[\d.]+ %/,
    /^[✓✗] at least 99 % success/,
  ]
  const places = parts.map((part) => lines.findIndex((line) => part.test(line)))
  expect(places).not.toContain(-1)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

it.each(['SIGINT', 'SIGTERM'] as const)('ends at once with its children on %s', async (signal) => {
  const demo = new Demo(['--seconds', '60'])
  await vi.waitUntil(() => demo.stdout.includes('healthy'), { timeout: 30_000 })
  demo.child.kill(signal)
  await demo.ended
  expect(demo.child.exitCode).toBe(130)
  expect(demo.hasProcesses).toBe(false)
})

it('explains itself, and says what is wrong with its options', async () => {
  const help = new Demo(['--help'])
  const wrong = new Demo(['--seconds', '1'])
  await Promise.all([help.ended, wrong.ended])
  expect([help.child.exitCode, wrong.child.exitCode]).toEqual([0, 2])
  expect(help.stdout).toContain('--seconds N')
  expect(wrong.stderr).toContain("--seconds must be a number from 3.5 to 600, not '1'")
})
