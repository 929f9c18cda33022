import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { planted } from './planted.ts'
import type { Planted } from './planted.ts'

/** Plants each fault in turn and expects its tests to turn red. The source is put back whatever happens. */
const root = fileURLToPath(new URL('../..', import.meta.url))

function testsFail(tests: string): boolean {
  const args = ['run', '--bail', '1', '--reporter', 'dot', ...tests.split(' ')]
  const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, timeout: 120_000 })
  return status !== 0
}

function caught({ file, from, to, tests }: Planted): boolean {
  const path = join(root, file)
  const source = readFileSync(path, 'utf8')
  if (!source.includes(from)) throw new Error(`${file} no longer contains: ${from}`)
  const restore = (): void => writeFileSync(path, source)
  process.once('exit', restore)
  try {
    writeFileSync(path, source.replace(from, to))
    return testsFail(tests)
  } finally {
    restore()
    process.off('exit', restore)
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
const survivors: Planted[] = []
for (const fault of planted) {
  const red = caught(fault)
  console.log(`${red ? 'caught  ' : 'SURVIVED'} ${fault.fault}`)
  if (!red) survivors.push(fault)
}
console.log(`${planted.length - survivors.length} of ${planted.length} planted faults caught`)
process.exitCode = survivors.length === 0 ? 0 : 1
