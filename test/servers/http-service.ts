import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Handler = (response: ServerResponse, request: IncomingMessage, number: number) => void

export interface Service {
  readonly origin: string
  readonly server: Server
  /** In the order in which their heads came. */
  readonly requests: IncomingMessage[]
  /** How many connections there have been. */
  connections: number
}

/** Answers each request by `handle`, which is told how many have come; until the test has finished. */
export async function service(handle: Handler): Promise<Service> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => handle(response, request, requests.push(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const made: Service = { origin, server, requests, connections: 0 }
  server.on('connection', () => made.connections++)
  return made
}

/** Answers with these statuses, the last of them for ever; the body says which request it was. */
export function statuses(...all: readonly number[]): Handler {
  return (response, request, number) => {
    request.resume()
    response.statusCode = all[Math.min(number, all.length) - 1] ?? 200
    response.end(`answer ${number}`)
  }
}
