import { parseArgs } from 'node:util'
import { targetLine } from '../targets.ts'
import { ClientContestant, ServerContestant } from './contestant.ts'
import type { Contestant } from './contestant.ts'
import { benchGroup } from './group-bench.ts'
import { clientGroups, serverGroups } from './groups.ts'
import { footer, tableLines } from './report.ts'
import { targets } from './targets.ts'
import type { Measured } from './targets.ts'

/**
 * What Holdfast and others cost a whole server, and a client, in processor time for a request. Exits with 1 where a
 * target was missed or something did not do what it should.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
  },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const rounds = Number(values.rounds)
const names = [...serverGroups, ...clientGroups].map(({ name }) => name)
if (!(rounds >= 1) || !names.some((name) => name.includes(values.only))) {
  console.error(`--rounds: at least 1; --only: a part of one of ${names.join(', ')}`)
  process.exit(1)
}
process.env['NODE_ENV'] = 'production'
const measured: Measured[] = []
const broken: string[] = []

function say(text: string): void {
  if (!values.json) console.log(text)
}

async function add(
  group: string,
  subjects: readonly string[],
  start: (subject: string) => Promise<Contestant>,
): Promise<void> {
  if (!group.includes(values.only)) return
  try {
    const figures = await benchGroup(subjects, start, rounds)
    for (const text of tableLines(group, figures)) say(text)
    measured.push({ group, figures })
  } catch (error) {
    broken.push(`${group}: ${String(error)}`)
    console.error(`broken: ${broken.at(-1)}`)
  }
}

for (const { name, subjects } of serverGroups) {
  await add(name, Object.keys(subjects), (subject) => {
    return ServerContestant.start(name, subject, subjects[subject]?.status ?? 200)
  })
}
const answering = await ServerContestant.start('around a handler', 'bare', 200)
for (const { name, subjects } of clientGroups) {
  await add(name, Object.keys(subjects), async (subject) => {
    return new ClientContestant(name, subject, `http://127.0.0.1:${answering.port}/`)
  })
}
const reached = targets(measured)
for (const text of [...footer, ...reached.map(targetLine)]) say(text)
if (values.json) console.log(JSON.stringify({ groups: measured, targets: reached, broken }))
process.exit(broken.length === 0 && reached.every(({ met }) => met) ? 0 : 1)
