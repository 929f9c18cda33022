import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

it('docs/behaviour.md is what is played, the peers included', { timeout: 600_000 }, async () => {
  const { stdout } = await run(process.execPath, [program('main.ts'), '--check'])
  expect(stdout).toBe('')
})

it('a million calls and more are played in a minute of one processor’s time', async () => {
  const { stdout } = await run(process.execPath, [program('speed.ts')])
  console.log(stdout)
  expect(Number(/^[\d.]+/.exec(stdout)?.[0])).toBeGreaterThanOrEqual(1)
})
