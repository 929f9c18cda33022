import { parseArgs } from 'node:util'
import { standalone } from './standalone.ts'
import { detection, propagation, recoveries } from './figures.ts'
import { cluster, sentinel } from './away.ts'
import { shares } from './limits.ts'
import { overrides } from './overrides.ts'
import type { Scenario } from './scenario.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    rounds: { type: 'string' },
    first: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    faults: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    repetitions: { type: 'string', default: '10' },
  },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})

const scenarios: readonly Scenario[] = [
  standalone,
  shares,
  overrides,
  propagation,
  recoveries,
  detection,
  sentinel,
  cluster,
]
const { quick } = values
const options = {
  seeds: Array.from(
    { length: Number(values.seeds ?? (quick ? 1 : 10)) },
    (_, index) => Number(values.first) + index,
  ),
  rounds: Number(values.rounds ?? (quick ? 2 : 8)),
  faults: values.faults,
  quick,
  repetitions: Number(values.repetitions),
}
const chosen = scenarios.filter(({ name }) => name.includes(values.only))
if (chosen.length === 0 || !(options.rounds >= 1) || !options.seeds.every(Number.isSafeInteger)) {
  console.error(
    `--only: one of ${scenarios.map(({ name }) => name).join(', ')}; --seeds and --rounds: at least 1; ` +
      '--first: the first seed; --faults: words of the names of the faults to draw from, with commas between',
  )
  process.exit(1)
}

const tables: string[] = []
const broken: string[] = []
const missed: string[] = []
for (const { name, play } of chosen) {
  console.log(`\n${name}`)
  const { table, violations, missed: notReached = [] } = await play(options)
  tables.push(`\n${name}`, ...table)
  missed.push(...notReached)
  broken.push(...violations.map((text) => `${name} ${text}`))
}
for (const line of tables) console.log(line)
for (const text of missed) console.log(`not reached: ${text}`)
for (const text of broken) console.error(text)
console.log(`\nviolations: ${broken.length}`)
process.exit(broken.length > 0 ? 1 : 0)
