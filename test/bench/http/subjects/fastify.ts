import type { Server } from 'node:http'
import circuitBreaker from '@fastify/circuit-breaker'
import fastifyRateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { protect } from '@holdfast/fastify'
import { standardService } from '@holdfast/http'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { answer, plenty, served } from '../subject.ts'
import type { Group, ServerSubject } from '../subject.ts'
import { eachAddress, typicalGuards } from './guards.ts'

async function hello(prepare: (app: FastifyInstance) => unknown): Promise<Server> {
  const app = Fastify()
  await prepare(app)
  app.get('/', async () => answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

async function withCircuitBreaker(): Promise<Server> {
  const app = Fastify()
  await app.register(circuitBreaker)
  app.get('/', { preHandler: app.circuitBreaker() }, async () => answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

/** Hello world, and what protection in front of it costs. */
export const inFastify: Group<ServerSubject> = {
  name: 'Fastify',
  subjects: {
    bare: served(() => hello(() => undefined)),
    'holdfast: deadline, rate limit, bulkhead': served(() =>
      hello((app) => app.register(protect('bench', typicalGuards()))),
    ),
    'holdfast: standard service': served(() =>
      hello((app) => app.register(protect('bench', standardService()))),
    ),
    'holdfast: rate limit for each address': served(() =>
      hello((app) => app.register(protect('bench', ...eachAddress()))),
    ),
    '@fastify/under-pressure': served(() =>
      hello((app) =>
        app.register(underPressure, {
          maxEventLoopDelay: plenty,
          maxEventLoopUtilization: 1,
          maxHeapUsedBytes: plenty,
        }),
      ),
    ),
    '@fastify/circuit-breaker': served(withCircuitBreaker),
    '@fastify/rate-limit': served(() =>
      hello((app) => app.register(fastifyRateLimit, { max: plenty, timeWindow: '1 minute' })),
    ),
  },
}
