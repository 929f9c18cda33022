import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { callCases, scaleCases } from './cases.ts'
import type { Message } from './cases.ts'
import { table, targets } from './report.ts'
import type { Results } from './report.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const rounds = Number(values.rounds)
const names = ['bare', 'holdfast', 'opossum', 'cockatiel', 'p-*']
const children = new Map<string, ChildProcess>()
process.on('exit', () => {
  for (const child of children.values()) child.kill('SIGKILL')
})

for (const name of names) {
  const execArgv = ['--expose-gc', '--max-semi-space-size=128', '--min-semi-space-size=128']
  const child = fork(new URL('./subject.ts', import.meta.url), [name], { execArgv })
  await once(child, 'message')
  children.set(name, child)
}

/** Every figure of every subject, by case: one number a round. */
const results: Results = new Map()

async function ask(name: string, message: Message): Promise<void> {
  const child = children.get(name)
  if (child === undefined) return
  const reply = once(child, 'message') as Promise<[Record<string, number>]>
  child.send(message)
  const [figures] = await reply
  for (const [figure, value] of Object.entries(figures)) {
    const key = `${message.name} | ${figure}`
    const row = results.get(key) ?? new Map<string, number[]>()
    row.set(name, [...(row.get(name) ?? []), value])
    results.set(key, row)
  }
}

for (let round = 0; round < rounds; round++) {
  if (!values.json) process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  for (const { name, calls } of callCases) {
    for (const subject of names) await ask(subject, { kind: 'ns', name, calls })
  }
}
for (const { name, calls } of callCases) {
  for (const subject of names) await ask(subject, { kind: 'bytes', name, calls: Math.min(calls, 20_000) })
}
for (let round = 0; round < Math.min(rounds, 3); round++) {
  for (const name of scaleCases)
    for (const subject of names) await ask(subject, { kind: 'scale', name, calls: 0 })
}
for (const child of children.values()) child.disconnect()

if (values.json) console.log(JSON.stringify({ table: table(results, names), targets: targets(results) }))
else {
  for (const line of table(results, names)) console.log(line)
  for (const { text, met } of targets(results)) console.log(`${met ? '✓' : '✗'} ${text}`)
}
