import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const core = fileURLToPath(new URL('../../packages/core/src/index.ts', import.meta.url))

function script(body: string): {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
} {
  const code = `import { bulkhead, pipeline, retry, timeout } from ${JSON.stringify(core)}\n${body}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 15_000,
  })
}

it('a script that awaits a backoff does not end', () => {
  const { stdout } = script(`
    let runs = 0
    const value = await pipeline('p', [retry({ backoff: { type: 'constant', baseMs: 50, jitter: 'none' } })]).execute(() => {
      if (++runs < 3) throw new Error('not yet')
      return runs
    })
    console.log('got', value)`)
  expect(stdout).toBe('got 3\n')
})

it('a call that settles first leaves no timer and keeps no script alive', () => {
  const { stdout, status } = script(`
    const p = pipeline('p', [timeout({ durationMs: 600_000 }), bulkhead()])
    const makeTimer = globalThis.setTimeout
    let timers = 0
    globalThis.setTimeout = (...args) => (timers++, makeTimer(...args))
    let controllers = 0
    const Controller = globalThis.AbortController
    globalThis.AbortController = class extends Controller { constructor() { super(); controllers++ } }
    for (let i = 0; i < 100; i++) await p.execute(async () => i)
    await new Promise((resolve) => setImmediate(resolve))
    console.log(timers, controllers, process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length)`)
  expect(stdout).toBe('0 0 0\n')
  expect(status).toBe(0)
})

it('an error that nobody handles is still reported as such', () => {
  const { stderr, status } = script(`
    void pipeline('p', [timeout({ durationMs: 1_000 })]).execute(() => Promise.reject(new Error('nobody cares')))`)
  expect(stderr).toContain('nobody cares')
  expect(status).toBe(1)
})

it('a deadline fires on time though the loop was busy, and never early', () => {
  const { stdout } = script(`
    const start = performance.now()
    const result = pipeline('p', [timeout({ durationMs: 60 })]).executeOutcome(() => new Promise(() => {}))
    while (performance.now() - start < 40);
    const outcome = await result
    const elapsed = performance.now() - start
    console.log(outcome.error.code, elapsed >= 60, elapsed < 1_000)`)
  expect(stdout).toBe('ERR_TIMEOUT true true\n')
})

it('a deadline beyond 32 bits neither fires at once nor warns', () => {
  const { stdout, stderr } = script(`
    const p = pipeline('p', [timeout({ durationMs: 2 ** 40 })])
    const waiting = p.executeOutcome(() => new Promise((resolve) => setTimeout(resolve, 50, 'in time')))
    console.log(JSON.stringify(await waiting))`)
  expect(stdout).toBe('{"value":"in time"}\n')
  expect(stderr).toBe('')
})
