import { parseArgs } from 'node:util'
import { benchCalls } from './call-bench.ts'
import { callCases, scaleCases } from './cases.ts'
import { footer, jsonRow, line, rowLine } from './report.ts'
import type { Row } from './report.ts'
import { benchScale } from './scale-bench.ts'
import { subjects as known } from './subject.ts'
import { targetLine, targets } from './targets.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    subjects: { type: 'string', default: Object.keys(known).join(',') },
    slow: { type: 'boolean', default: false },
  },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const rounds = Number(values.rounds)
const subjects = values.subjects.split(',')
const unknown = subjects.filter((subject) => !Object.hasOwn(known, subject))
if (unknown.length > 0 || !(rounds >= 1)) {
  console.error(`subjects: ${Object.keys(known).join(', ')}; rounds: at least 1`)
  process.exit(1)
}
const rows: Row[] = []
const broken: string[] = []

function say(text: string): void {
  if (!values.json) console.log(text)
}

async function add(name: string, bench: () => Promise<readonly Row[]>): Promise<void> {
  if (!name.includes(values.only)) return
  try {
    const measured = await bench()
    for (const row of measured) say(rowLine(row, subjects))
    rows.push(...measured)
  } catch (error) {
    broken.push(`${name}: ${String(error)}`)
    console.error(`broken: ${broken.at(-1)}`)
  }
}

say(line(['', ...subjects]))
for (const each of callCases) await add(each.name, () => benchCalls(each, subjects, rounds))
for (const each of scaleCases) await add(each.name, () => benchScale(each, subjects, values.slow))
const reached = targets(rows)
for (const text of [...footer, ...reached.map(targetLine)]) say(text)
if (values.json) console.log(JSON.stringify({ rows: rows.map(jsonRow), targets: reached, broken }))
// Figures inform; only a case that does not measure what it says is an error.
process.exit(broken.length > 0 ? 1 : 0)
