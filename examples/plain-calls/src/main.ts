import { setTimeout as wait } from 'node:timers/promises'
import { Inventory } from './inventory.ts'
import { chapter, healths } from './story.ts'
import type { Chapter } from './story.ts'
import { Warehouse } from './warehouse.ts'

const warehouse = new Warehouse()
const inventory = new Inventory(warehouse)

function line(...cells: readonly (string | number)[]): string {
  const [first = '', ...rest] = cells
  return String(first).padEnd(20) + rest.map((cell) => String(cell).padStart(10)).join('')
}

function lines({ health, calls, known, unknown, asked, slowestMs, events, state }: Chapter): string {
  const figures = line(health, calls, known, unknown, asked, `${Math.round(slowestMs)} ms`, state)
  return [figures, ...[...events].map(([type, times]) => `    ${type} ${times}x`)].join('\n')
}

console.log(`Somebody asks for stock every 20 ms, and the warehouse falls ill. Every call gets an answer, and
soon: if not how many pieces there are, then 'unknown'. Below each line: what happened in the pipeline.
`)
console.log(line('the warehouse', 'calls', 'known', 'unknown', 'asked', 'slowest', 'circuit'))
for (const health of healths) console.log(lines(await chapter(health, inventory, warehouse, wait)))
console.log(`
Now and then: a retry asks again, as long as its budget pays. Hangs: a timeout ends each attempt, until the
circuit opens and spares callers the wait. Down: it stays open for longer each time that its probes fail, so
the warehouse is hardly asked. Healthy again: two probes succeed, and it closes.`)
