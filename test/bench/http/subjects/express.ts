import type { Server } from 'node:http'
import { rateLimit } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import express from 'express'
import type { RequestHandler } from 'express'
import { rateLimit as expressRateLimit } from 'express-rate-limit'
import { listen } from '../listen.ts'
import { answer, plenty, served } from '../subject.ts'
import type { Group, ServerSubject } from '../subject.ts'
import { typicalGuards } from './guards.ts'

const minuteMs = 60_000

function hello(...middleware: readonly RequestHandler[]): Promise<Server> {
  const app = express()
  for (const each of middleware) app.use(each)
  app.get('/', (_request, response) => void response.send(answer))
  app.use(refusals())
  return listen(app)
}

/** Hello world, and what admission in front of it costs. */
export const inExpress: Group<ServerSubject> = {
  name: 'Express',
  subjects: {
    bare: served(() => hello()),
    'holdfast: deadline, rate limit, bulkhead': served(() => hello(protect('bench', typicalGuards()))),
    'holdfast: rate limit': served(() => hello(protect('bench', [rateLimit({ limit: plenty })]))),
    'express-rate-limit': served(() => hello(expressRateLimit({ windowMs: minuteMs, limit: plenty }))),
  },
}
