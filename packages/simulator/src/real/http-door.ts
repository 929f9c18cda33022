import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Incoming } from '../services/replica.ts'
import { writeAnswer } from './answer.ts'

export const keyHeader = 'x-key'

/**
 * A server that hands its requests to `receive`, which returns how to tell that the client has left. It ends no
 * connection by itself, however long that is idle or an answer takes.
 */
export function httpDoor(receive: (incoming: Incoming) => () => void): Server {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 })
  return server.on('request', (request, response) => {
    const key = request.headers[keyHeader]
    const left = receive({
      key: typeof key === 'string' ? key : undefined,
      answer: (error) => writeAnswer(response, error),
    })
    response.once('close', left)
  })
}
