import { bulkhead, timeout } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { currentScope } from '@holdfast/http'
import express from 'express'
import type { Express } from 'express'
import { Database } from './database.ts'

/** As most services are: it takes whatever comes. */
export function bare(): Express {
  const app = express()
  const database = new Database()
  app.get('/stock', async (_request, response) => {
    response.json(await database.stock())
  })
  return app
}

/** The same behind a door: as many at once as the database can serve, a few more that wait, and a time limit. */
export function guarded(): Express {
  const app = express()
  const database = new Database()
  app.use(
    protect('shop', [
      timeout({ durationMs: 250 }),
      bulkhead({ limit: 5, queue: { size: 10, maximumWaitMs: 100 } }),
    ]),
  )
  app.get('/stock', async (_request, response) => {
    // Ends when the time is up or the client has gone.
    response.json(await database.stock(currentScope()?.signal))
  })
  app.use(refusals())
  return app
}
