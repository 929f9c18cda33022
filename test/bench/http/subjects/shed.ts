import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { bulkhead, BulkheadFullError } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { protect as protectFastify } from '@holdfast/fastify'
import { inbound, RefusedError, replyTo, sendReply } from '@holdfast/http'
import type { Reply } from '@holdfast/http'
import express from 'express'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { listen } from '../listen.ts'
import { answer, refused, served } from '../subject.ts'
import type { Group, ServerSubject } from '../subject.ts'

const burnMs = 1

/** The same bytes as a refusal of ours, so that what differs is the deciding. */
const prepared = prepare(replyTo(new BulkheadFullError('full', { policy: 'bulkhead' })))

function prepare(reply: Reply | undefined): Reply {
  if (reply === undefined) throw new Error('a full bulkhead has no reply')
  const length = String(Buffer.byteLength(reply.body))
  return { ...reply, headers: { ...reply.headers, 'content-length': length } }
}

const bare: RequestListener = (_request, response) => {
  response.writeHead(prepared.status, prepared.headers).end(prepared.body)
}

function shedding(): RequestListener {
  const door = inbound<IncomingMessage, ServerResponse>('bench', [bulkhead({ limit: 0 })], sendReply)
  return (request, response) => {
    const entry = door.admit(request, response, response)
    if ('error' in entry && entry.error instanceof RefusedError) sendReply(response, entry.error)
    else response.end(answer)
  }
}

const burning: RequestListener = (_request, response) => {
  const end = performance.now() + burnMs
  while (performance.now() < end);
  response.end(answer)
}

function bareExpress(): Promise<Server> {
  const app = express()
  app.use((_request, response) => {
    response.writeHead(prepared.status, prepared.headers).end(prepared.body)
  })
  return listen(app)
}

function sheddingExpress(): Promise<Server> {
  const app = express()
  app.use(protect('bench', [bulkhead({ limit: 0 })]))
  app.get('/', (_request, response) => void response.send(answer))
  app.use(refusals())
  return listen(app)
}

async function bareFastify(): Promise<Server> {
  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => {
    return reply.code(prepared.status).headers(prepared.headers).send(prepared.body)
  })
  return listening(app)
}

async function sheddingFastify(): Promise<Server> {
  const app = Fastify()
  await app.register(protectFastify('bench', [bulkhead({ limit: 0 })]))
  return listening(app)
}

async function listening(app: FastifyInstance): Promise<Server> {
  app.get('/', async () => answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

/** What it costs to say no, where everybody is told so. */
export const shed: Group<ServerSubject> = {
  name: 'a request that is shed',
  subjects: {
    'node:http, a bare 503': refused(() => listen(bare)),
    'holdfast in node:http': refused(() => listen(shedding())),
    'Express, a bare 503': refused(bareExpress),
    'holdfast in Express': refused(sheddingExpress),
    'Fastify, a bare 503': refused(bareFastify),
    'holdfast in Fastify': refused(sheddingFastify),
    'served after 1 ms of work': served(() => listen(burning)),
  },
}
