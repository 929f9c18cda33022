import { bulkhead, timeout } from '@holdfast/core'
import type { HoldfastEvent } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { resilientFetch } from '@holdfast/fetch'
import express from 'express'
import { choice, parts } from './policies.ts'

/** An Express service that asks the inventory. Started with its kind and the ports of the primary and the standby. */
const [kind, primaryPort, standbyPort] = process.argv.slice(2)
const primary = { id: 'primary', url: `http://127.0.0.1:${primaryPort}` }
const standby = { id: 'standby', url: `http://127.0.0.1:${standbyPort}` }
let sentToPrimary = 0

const counted: typeof fetch = (input, init) => {
  if (String(input).startsWith(primary.url)) sentToPrimary++
  return fetch(input, init)
}

const inventory = resilientFetch({
  name: 'inventory',
  endpoints: { primary: [primary], standby: [standby], ...choice },
  parts,
  fetch: counted,
})
inventory.outbound.on((event) => {
  const did = deedOf(event)
  if (did !== undefined) process.send?.({ did })
})

function deedOf(event: HoldfastEvent): string | undefined {
  if (event.type === 'endpoint.ejected') return `${event.endpoint} ejected (${event.reason})`
  if (event.type === 'endpoint.restored') return `${event.endpoint} restored`
  if (event.type === 'endpoint.group') return `calls go to the ${event.to === 0 ? primary.id : standby.id}`
  return undefined
}

async function stock(ask: typeof fetch, url: string): Promise<unknown> {
  const response = await ask(url)
  if (!response.ok) throw new Error(`the inventory answered ${response.status}`)
  return response.json()
}

const app = express()
// Failures are what the demo shows; Express need not print each.
app.set('env', 'test')
if (kind === 'holdfast') {
  app.use(protect('gateway', [timeout({ durationMs: 2_000 }), bulkhead({ limit: 500 })]))
  app.get('/stock', async (_request, response) => {
    response.json(await stock(inventory, '/stock'))
  })
  app.use(refusals())
} else {
  app.get('/stock', async (_request, response) => {
    response.json(await stock(counted, `${primary.url}/stock`))
  })
}

process.on('message', () => process.send?.({ sentToPrimary }))
process.on('disconnect', () => process.exit())
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
