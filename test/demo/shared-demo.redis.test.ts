import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { Demo } from './process.ts'

interface Output {
  readonly scenes: readonly {
    readonly name: string
    readonly requests: number
    readonly failed: number
    readonly byPrimary: number
    readonly circuits: readonly (number | null)[]
  }[]
  readonly goals: readonly { readonly text: string; readonly met: boolean }[]
}

it('shows by three gateways what sharing does, and that nothing is lost because of Redis', {
  timeout: 90_000,
}, async () => {
  const { REDIS_URL: _, ...env } = process.env
  const demo = new Demo(['--share', '--json'], env)
  await demo.ended
  expect(demo.hasProcesses).toBe(false)
  expect(demo.stderr).toBe('')
  const { scenes, goals } = JSON.parse(demo.stdout) as Output
  const scene = (name: string): Output['scenes'][number] | undefined =>
    scenes.find((each) => each.name.startsWith(name))
  const [a, b, c] = scene('a is cut off')?.circuits ?? []
  expect([typeof a, b, c]).toEqual(['number', null, null])
  const together = ['the primary is killed', 'the primary is back', 'holdfast open', 'holdfast clear']
  const quiet = together.filter((name) => scene(name)?.circuits.some((ms) => ms === null) !== false)
  expect(quiet).toEqual([])
  expect(scene('Redis is silent')?.failed).toBe(0)
  expect(scene('Redis is silent')?.byPrimary).toBeGreaterThan(0)
  expect(demo.child.exitCode).toBe(goals.every(({ met }) => met) ? 0 : 1)
})

it('says what to install where there is no Redis', async () => {
  const { REDIS_URL: _, ...env } = process.env
  const demo = new Demo(['--share'], { ...env, PATH: dirname(process.execPath) })
  await demo.ended
  expect(demo.child.exitCode).toBe(2)
  expect(demo.stderr).toContain('apt-get install redis-server')
  expect(demo.hasProcesses).toBe(false)
})
