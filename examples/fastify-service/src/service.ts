import { bulkhead, pipeline, rateLimit, retry, timeout } from '@holdfast/core'
import { protect } from '@holdfast/fastify'
import { inScope } from '@holdfast/http'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Warehouse } from './warehouse.ts'

export function service(warehouse: Warehouse): FastifyInstance {
  const stock = pipeline('stock', [retry(), timeout({ durationMs: 1_000 })])
  const app = fastify()

  // For every route: answered within half a second, and four at once.
  app.register(protect('shop', [timeout({ durationMs: 500 }), bulkhead({ limit: 4 })]))

  // What is left of that time, and whether the client is still there, is handed on.
  app.get('/stock', () => stock.execute((call) => warehouse.stock(call), inScope()))

  // For the routes in here besides: two a minute.
  app.register(async (orders) => {
    orders.register(protect('orders', [rateLimit({ limit: 2, intervalMs: 60_000 })]))
    orders.post('/orders', () => ({ ordered: true }))
  })

  // Whatever happens.
  app.get('/version', { config: { protect: false } }, () => ({ version: 1 }))
  return app
}
