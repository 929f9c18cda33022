import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { bulkhead, timeout } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { lifecycle, replyTo, sendReply } from '@holdfast/http'
import type { Lifecycle, LifecycleOptions } from '@holdfast/http'
import express from 'express'
import type { ErrorRequestHandler } from 'express'
import { admin, problem } from './admin.ts'
import type { Identity } from './certificates.ts'
import { InventoryClient } from './inventory-client.ts'
import type { Upstream } from './inventory-client.ts'
import { Authentication } from './tokens.ts'
import type { Tokens } from './tokens.ts'

export interface GatewayOptions {
  /** What it shows its clients. */
  readonly identity: Identity
  readonly tokens: Tokens
  readonly upstream: Upstream
  readonly lifecycle?: Pick<LifecycleOptions, 'signals' | 'announceMs' | 'exit'>
}

export interface Gateway {
  readonly server: Server
  readonly life: Lifecycle
}

/** An HTTPS gateway before an HTTPS upstream. Throws where a token is no secret. */
export function gateway({ identity, tokens, upstream, lifecycle: life }: GatewayOptions): Gateway {
  const authentication = new Authentication(tokens)
  const inventory = new InventoryClient(upstream)

  const app = express().disable('x-powered-by').set('env', 'test')
  const server = createServer({ ...identity, maxHeaderSize: 8_192 }, app)
  const alive = lifecycle(server, {
    ...life,
    status: {
      allow: (request) => authentication.roleOf(request) !== undefined,
      pipelines: [inventory],
    },
    cleanups: [() => inventory.close()],
  })
  app.get('/livez', alive.liveness)
  app.get('/readyz', alive.readiness)
  // Before admission: an overload is when they are needed.
  app.use('/admin', admin(authentication, alive, inventory))
  app.use(protect('gateway', [timeout({ durationMs: 3_000 }), bulkhead({ limit: 200 })]))
  app.get('/stock', async (_request, response) => {
    response.type('json').send(await inventory.stock())
  })
  app.use(refusals(), answerFailure)
  return { server, life: alive }
}

/** What an upstream says of its troubles is for a log, not for a client. */
const answerFailure: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const reply = replyTo(error)
  if (reply === undefined) return problem(response, 502, 'Bad Gateway')
  sendReply(response, reply)
}
