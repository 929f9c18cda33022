import { setTimeout as wait } from 'node:timers/promises'
import { Database } from './database.ts'
import { Reports, variants } from './reports.ts'
import { traffic } from './traffic.ts'
import type { Tenant } from './traffic.ts'

function line(...cells: readonly (string | number)[]): string {
  const [first = '', ...rest] = cells
  return String(first).padEnd(20) + rest.map((cell) => String(cell).padStart(10)).join('')
}

function tenantLine({ name, sent, served, refused, failed, latenciesMs }: Tenant): string {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const p95 = sorted[Math.floor(sorted.length * 0.95)]
  return line(`  ${name}`, sent, served, refused, failed, p95 === undefined ? '–' : `${Math.round(p95)} ms`)
}

console.log(`Three tenants ask one database for reports, for two seconds: one far too often, one whose reports all
fail, and one that does nothing wrong. First they have a circuit and a limit in common, then each its own.
`)
console.log(line('', 'sent', 'served', 'refused', 'failed', 'p95'))
for (const [name, parts] of Object.entries(variants)) {
  const reports = new Reports(new Database(), parts())
  const tenants = await traffic(reports, wait)
  console.log([name, ...tenants.map(tenantLine)].join('\n'))
}
console.log(`
In common, the quiet tenant is refused and waits for what the others do. With \`keyed\`, nothing of that reaches it:
the noisy one has four places and no more, and the broken one is refused by a circuit of its own.`)
