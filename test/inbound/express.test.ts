import { createServer } from 'node:http'
import { protect, refusals } from '@holdfast/express'
import express from 'express'
import type { Adapter } from './adapter.ts'
import { inboundContract } from './contract.ts'

const inExpress: Adapter = {
  name: 'Express',
  async serverOf({ doors, options, work }) {
    const app = express().set('env', 'test')
    for (const [index, guards] of doors.entries()) {
      app.use(protect(`door-${index}`, guards, options))
    }
    app.use(express.json(), (request, response) =>
      work({
        body: request.body,
        answer: (status, body) => void response.status(status).send(body),
        stream: (source) => void source.on('error', (error) => response.destroy(error)).pipe(response),
        hijack: () => response,
      }),
    )
    return createServer(app.use(refusals()))
  },
}

inboundContract(inExpress)
