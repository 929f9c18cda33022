import type { Server } from 'node:http'
import { protect } from '@holdfast/fastify'
import fastify from 'fastify'
import { onTestFinished } from 'vitest'
import type { Adapter } from './adapter.ts'
import { inboundContract } from './contract.ts'

const inFastify: Adapter = {
  name: 'Fastify',
  async serverOf({ doors, options, work }) {
    const app = fastify()
    for (const [index, guards] of doors.entries()) {
      app.register(protect(`door-${index}`, guards, options))
    }
    app.all('/', (request, reply) => {
      const working = work({
        body: request.body,
        answer: (status, body) => void reply.code(status).send(body),
        stream: (source) => void reply.send(source),
        hijack: () => reply.hijack().raw,
      })
      // An async handler that answers by its reply has to say so.
      return working?.then(() => reply)
    })
    await app.ready()
    onTestFinished(() => app.close())
    return app.server as Server // over HTTP/1
  },
}

inboundContract(inFastify)
