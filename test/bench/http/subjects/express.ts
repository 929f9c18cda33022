import type { Server } from 'node:http'
import { protect, refusals } from '@holdfast/express'
import { standardService } from '@holdfast/http'
import express from 'express'
import type { RequestHandler } from 'express'
import { rateLimit as expressRateLimit } from 'express-rate-limit'
import { listen } from '../listen.ts'
import { answer, plenty, served } from '../subject.ts'
import type { Group, ServerSubject } from '../subject.ts'
import { eachAddress, typicalGuards } from './guards.ts'

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
    'holdfast: standard service': served(() => hello(protect('bench', standardService()))),
    'holdfast: rate limit for each address': served(() => hello(protect('bench', ...eachAddress()))),
    'express-rate-limit': served(() => hello(expressRateLimit({ windowMs: minuteMs, limit: plenty }))),
  },
}
