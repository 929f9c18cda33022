import { bulkhead, circuitBreaker, fallback, pipeline, retry, timeout } from '@holdfast/core'
import type { Call } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { inScope } from '@holdfast/http'
import express from 'express'
import { policies } from './policies.ts'

/** An Express service that asks the inventory. Started with its kind and the ports of the primary and the standby. */
const [kind, primaryPort, standbyPort] = process.argv.slice(2)
const primary = { id: 'primary', url: `http://127.0.0.1:${primaryPort}/` }
const standby = { id: 'standby', url: `http://127.0.0.1:${standbyPort}/` }
let sentToPrimary = 0

async function askInventory(url: string, signal?: AbortSignal): Promise<unknown> {
  if (url === primary.url) sentToPrimary++
  const response = await fetch(url, signal === undefined ? {} : { signal })
  const body = await response.text()
  if (!response.ok) throw new Error(`the inventory answered ${response.status}`)
  return JSON.parse(body)
}

const inventory = pipeline('inventory', [
  timeout({ name: 'total', ...policies.total }),
  retry(policies.retry),
  fallback({ endpoints: [primary, standby] }),
  circuitBreaker(policies.breaker),
  timeout({ name: 'attempt', ...policies.attempt }),
  bulkhead(policies.bulkhead),
])

const app = express()
// Failures are what the demo shows; Express need not print each.
app.set('env', 'test')
if (kind === 'holdfast') {
  app.use(protect('gateway', [timeout({ durationMs: 2_000 }), bulkhead({ limit: 500 })]))
  app.get('/stock', async (_request, response) => {
    const ask = (call: Call): Promise<unknown> => askInventory(call.endpoint?.url ?? primary.url, call.signal)
    response.json(await inventory.execute(ask, inScope()))
  })
  app.use(refusals())
} else {
  app.get('/stock', async (_request, response) => {
    response.json(await askInventory(primary.url))
  })
}

process.on('message', () => process.send?.({ sentToPrimary }))
process.on('disconnect', () => process.exit())
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
