import { parseArgs } from 'node:util'
import { benchCalls } from './call-bench.ts'
import { callCases } from './cases.ts'
import { line, rowLine } from './report.ts'
import type { Row } from './report.ts'
import { subjects as known } from './subject.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    subjects: { type: 'string', default: Object.keys(known).join(',') },
  },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const rounds = Number(values.rounds)
const subjects = values.subjects.split(',')
const rows: Row[] = []

console.log(line(['', ...subjects]))
for (const measured of callCases.filter(({ name }) => name.includes(values.only))) {
  const measuredRows = await benchCalls(measured, subjects, rounds)
  for (const row of measuredRows) console.log(rowLine(row, subjects))
  rows.push(...measuredRows)
}
