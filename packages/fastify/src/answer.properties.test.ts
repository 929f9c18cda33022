import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, timeout } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { expect, test } from 'vitest'
import { protect } from './protect.ts'

async function turns(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn()
}

async function* parts(): AsyncGenerator<string> {
  yield 'first '
  await turn()
  yield 'last'
}

const aborted = (): Promise<Error> =>
  new Promise((resolve) => {
    const signal = currentScope()?.signal
    signal?.addEventListener('abort', () => resolve(signal.reason))
  })

const handlers: Readonly<Record<string, (reply: FastifyReply) => unknown>> = {
  answers: (reply) => reply.code(201).send('made'),
  fails: () => Promise.reject(new Error('boom')),
  streams: (reply) => reply.code(202).send(Readable.from(parts())),
  takes: (reply) => reply.hijack().raw.writeHead(203).end('taken'),
  'fails of it': async () => {
    throw await aborted()
  },
  'answers nonetheless': async (reply) => {
    await aborted()
    reply.code(201).header('content-type', 'text/csv').send('made')
  },
  'says nothing': () => {},
}

/** What the body is to be for each status. */
const meant: Readonly<Record<number, RegExp>> = {
  201: /^made$/,
  202: /^first last$/,
  203: /^taken$/,
  500: /boom|own:none/,
  504: /ERR_TIMEOUT/,
}

type Handling = 'of Fastify' | 'at once' | 'later' | 'passed on'

function handleErrors(app: FastifyInstance, handling: Handling): void {
  if (handling === 'of Fastify') return
  if (handling === 'passed on') return void app.setErrorHandler((error, _request, reply) => reply.send(error))
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    if (handling === 'later') await turn()
    return reply.code(error.statusCode ?? 500).send(`own:${error.statusCode === 504 ? error.code : 'none'}`)
  })
}

type Slowness = 'none' | 'promise' | 'callback'

function hook(app: FastifyInstance, slowness: Slowness): void {
  if (slowness === 'promise') app.addHook('onSend', async () => turn())
  if (slowness === 'callback') {
    app.addHook('onSend', (_request, _reply, payload, done) => void setImmediate(() => done(null, payload)))
  }
}

const drawn = fc.record({
  handler: fc.constantFrom(...Object.keys(handlers)),
  beginsAfter: fc.nat(3),
  passesAfter: fc.nat(6),
  handling: fc.constantFrom<Handling>('of Fastify', 'at once', 'later', 'passed on'),
  before: fc.constantFrom<Slowness>('none', 'promise', 'callback'),
  behind: fc.constantFrom<Slowness>('none', 'promise', 'callback'),
})

test('a request gets one whole answer, whatever else happens when its time is up', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ handler, beginsAfter, passesAfter, handling, before, behind }) => {
      const clock = new VirtualClock()
      const permits = bulkhead({ limit: 1 })
      const app = fastify()
      let answered = 0
      handleErrors(app, handling)
      hook(app, before)
      app.register(protect('door', [timeout({ durationMs: 30 }), permits], { clock }))
      app.register(async (inside) => {
        hook(inside, behind)
        inside.addHook('onResponse', async () => void answered++)
        inside.get('/', async (_request, reply) => {
          await turns(beginsAfter)
          await handlers[handler]?.(reply)
          return reply
        })
      })
      const answer = app.inject('/')
      await turns(passesAfter)
      await clock.advance(30)
      const { statusCode, body, headers } = await answer
      await turns(10)
      expect(body).toMatch(meant[statusCode] ?? /^$/)
      if (headers['content-length'] !== undefined) {
        expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
      }
      if (statusCode !== 201) expect(headers['content-type']).not.toBe('text/csv')
      expect(answered).toBe(1)
      expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
      expect(clock.pending).toBe(0)
      await app.close()
    }),
    { numRuns: 150 },
  )
})
