import { execFile } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { systemSensors } from './load-sensors.ts'

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('they see a loop that stands still, and give everybody the same reading until the window is over', () => {
  const stop = systemSensors.start()
  const stopOther = systemSensors.start()
  block(600)
  const reading = systemSensors.read()
  expect(reading.eventLoopDelayMs).toBeGreaterThan(400)
  expect(reading.eventLoopUtilization).toBeGreaterThan(0.9)
  expect(reading.heapUsedRatio).toBeGreaterThan(0)
  expect(reading.heapUsedRatio).toBeLessThan(1)
  expect(systemSensors.read()).toBe(reading)
  stop()
  stop()
  expect(systemSensors.read()).toBe(reading)
  stopOther()
  expect(systemSensors.read()).toMatchObject({ eventLoopDelayMs: 0, eventLoopUtilization: 0 })
})

test('they do not keep a process alive', async () => {
  const sensors = fileURLToPath(new URL('load-sensors.ts', import.meta.url))
  const script = `const { systemSensors } = await import(${JSON.stringify(sensors)}); systemSensors.start(); console.log('started')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 20_000,
  })
  expect(stdout).toBe('started\n')
})
