import { rollingRestart } from './rolling-restart.ts'
import type { Restart } from './rolling-restart.ts'

function lines(name: string, { requests, failed, servedBy, exitCodes }: Restart): string {
  const shares = [...servedBy].map(([by, times]) => `${by} ${times}`).join(', ')
  const codes = exitCodes.map((code) => code ?? 'killed').join(', ')
  return `${name}\n    ${requests} requests, ${failed} failed\n    served by ${shares}\n    exit codes ${codes}\n`
}

console.log(`Two instances are replaced one after the other, by SIGTERM, while a request comes every 10 ms and takes
100 ms. A balancer sends each to an instance that calls itself ready.
`)
console.log(lines('as Node ends by itself', await rollingRestart('bare')))
const drained = await rollingRestart('drained')
console.log(lines('with lifecycle()', drained))
process.exitCode = drained.failed === 0 ? 0 : 1
