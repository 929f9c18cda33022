import { circuitBreaker, fallback, pipeline, retry, timeout } from '@holdfast/core'
import type { Call } from '@holdfast/core'
import { redisShare } from '@holdfast/redis'
import express from 'express'
import { sharedPolicies } from './shared-policies.ts'

/** One of the gateways that share their circuits. Started with where Redis is and the ports of the primary and the standby. */
const [redisUrl = '', primaryPort, standbyPort] = process.argv.slice(2)
const primary = { id: 'primary', url: `http://127.0.0.1:${primaryPort}/` }
const standby = { id: 'standby', url: `http://127.0.0.1:${standbyPort}/` }

const share = redisShare({ url: redisUrl })
const inventory = pipeline(
  'inventory',
  [
    timeout({ name: 'total', ...sharedPolicies.total }),
    retry(sharedPolicies.retry),
    fallback({ endpoints: [primary, standby] }),
    circuitBreaker(sharedPolicies.breaker),
    timeout({ name: 'attempt', ...sharedPolicies.attempt }),
  ],
  { share },
)

async function askInventory({ endpoint, signal }: Call): Promise<unknown> {
  const response = await fetch(endpoint?.url ?? primary.url, { signal })
  const body = await response.text()
  if (!response.ok) throw new Error(`the inventory answered ${response.status}`)
  return JSON.parse(body)
}

inventory.on((event) => {
  if (event.endpoint !== primary.id) return
  const state = /^circuit\.(open|half-open|closed)$/.exec(event.type)?.[1]
  if (state !== undefined) process.send?.({ said: state })
  if (event.type === 'circuit.overridden') {
    process.send?.({ said: event.override?.state === 'open' ? 'forced open' : 'not forced' })
  }
})

const app = express()
app.set('env', 'test')
app.get('/stock', async (_request, response) => {
  response.json(await inventory.execute(askInventory))
})

process.on('message', () => void share.stop().then(() => process.exit()))
process.on('disconnect', () => process.exit())
await share.ready()
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
