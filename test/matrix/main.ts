import { missing, nodes } from './nodes.ts'
import { run, versionOf } from './run.ts'
import type { Result } from './run.ts'
import { suites } from './suites.ts'

/** Runs the suites that meet Node's own HTTP on each Node that is supported, one after another, and prints a table. */
if (missing.length > 0) {
  const names = missing.map(({ major, path }) => `Node ${major} (${path})`).join(', ')
  console.error(`not there: ${names}; run "npx -y pnpm@12.21.0 install" on Linux x64`)
  process.exit(1)
}

const told = ({ passed, failed }: Result): string =>
  failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`

const line = (cells: readonly string[]): string =>
  cells
    .map((cell) => cell.padEnd(24))
    .join('')
    .trimEnd()

console.log(line(['', ...(await Promise.all(nodes.map(versionOf)))]))
for (const suite of suites) {
  process.stdout.write(suite.name.padEnd(24))
  const complaints: string[] = []
  for (const node of nodes) {
    const result = await run(suite, node)
    process.stdout.write(told(result).padEnd(24))
    complaints.push(...result.complaints.map((each) => `Node ${node.major}: ${each}`))
    if (result.failed > 0) process.exitCode = 1
  }
  console.log()
  for (const complaint of complaints) console.error(complaint)
}
