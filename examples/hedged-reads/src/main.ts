import { setTimeout as wait } from 'node:timers/promises'
import { load, percentile } from './load.ts'
import type { Result } from './load.ts'
import { Reads, variants } from './reads.ts'
import { Replicas } from './replicas.ts'

function line(...cells: readonly (string | number)[]): string {
  const [first = '', ...rest] = cells
  return String(first).padEnd(12) + rest.map((cell) => String(cell).padStart(12)).join('')
}

function resultLine(name: string, result: Result): string {
  const latencies = [0.5, 0.95, 0.99, 1].map((share) => `${Math.round(percentile(result, share))} ms`)
  return line(name, ...latencies, result.reads, result.stopped)
}

console.log(`Two hundred reads a second from replicas that answer within 15 ms, but one time in twenty-five stand still
for 300 ms. Plainly, and with a hedge: another read beside one that is slow, and the first answer wins.
`)
console.log(line('', 'p50', 'p95', 'p99', 'longest', 'reads', 'stopped'))
const results = Object.entries(variants).map(async ([name, parts]) => {
  const replicas = new Replicas(Math.random)
  return resultLine(name, await load(new Reads(replicas, parts()), replicas, wait))
})
for (const text of await Promise.all(results)) console.log(text)
console.log(`
The slowest few per cent are gone, for about as many reads more; the loser of each pair is stopped by its signal.
The first fifty reads are not hedged: the hedge learns from them what is slow.`)
