import { standard } from '@holdfast/core'
import { simulate } from '@holdfast/simulator'
import type { Scenario } from '@holdfast/simulator'

/** How many calls are played in a minute of one processor's time, with the standard preset around each: the best of three runs. */
const busy: Scenario = {
  name: 'busy',
  durationMs: 100_000,
  services: { inventory: { workers: 30, serviceMs: { kind: 'exponential', meanMs: 20 } } },
  clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 1_000 }, pipeline: standard } },
}

const rates: number[] = []
for (let run = 0; run < 3; run++) {
  const before = process.cpuUsage()
  const { clients } = await simulate(busy)
  const { user, system } = process.cpuUsage(before)
  rates.push(((clients['web']?.calls ?? 0) * 60_000_000) / (user + system))
}
console.log(`${(Math.max(...rates) / 1_000_000).toFixed(1)} million calls a minute on one core`)
