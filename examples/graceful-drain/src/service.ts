import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { bulkhead, timeout } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { lifecycle } from '@holdfast/http'
import express from 'express'

/** The service that is restarted. Started with its name, and `bare` where it is to end as Node lets it. */
const [name = '', kind] = process.argv.slice(2)

const app = express()
const server = createServer(app)
if (kind === 'bare') {
  app.get('/readyz', (_request, response) => void response.send('ready'))
} else {
  const life = lifecycle(server, { signals: ['SIGTERM'], announceMs: 1_000, drainMs: 5_000 })
  app.get('/livez', life.liveness)
  app.get('/readyz', life.readiness)
}
app.use(protect('orders', [timeout({ durationMs: 2_000 }), bulkhead({ limit: 100 })]))
app.get('/orders', async (_request, response) => {
  await wait(100)
  response.json({ servedBy: name })
})
app.use(refusals())

process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
