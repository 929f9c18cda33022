import { rush } from './rush.ts'
import type { Heard } from './rush.ts'
import { bare, guarded } from './service.ts'

function line(...cells: readonly (string | number)[]): string {
  const [first = '', ...rest] = cells
  return String(first).padEnd(16) + rest.map((cell) => String(cell).padStart(10)).join('')
}

function heardLine(name: string, { sent, inTime, late, refused, failed, latenciesMs }: Heard): string {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const p95 = sorted[Math.floor(sorted.length * 0.95)]
  return line(name, sent, inTime, late, refused, failed, p95 === undefined ? '–' : `${Math.round(p95)} ms`)
}

console.log(`Two hundred and fifty clients a second, for two seconds, ask a service whose database can answer a hundred.
Each has patience for a second, and is well served within a quarter of one.
`)
console.log(line('', 'sent', 'in time', 'late', 'refused', 'failed', 'p95'))
console.log(heardLine('bare', await rush(bare())))
console.log(heardLine('with Holdfast', await rush(guarded())))
console.log(`
Bare, everybody shares what there is: soon nobody is served in time, and the database works for clients who have
gone. Behind a door those who are let in are served in time, and the others know at once that they were not.`)
