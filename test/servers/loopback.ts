import { once } from 'node:events'
import { createServer, request, Server } from 'node:http'
import type { ClientRequest, RequestListener, RequestOptions } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** Serves until the test has finished. */
export async function serve(app: RequestListener | Server): Promise<URL> {
  const server = app instanceof Server ? app : createServer(app)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 })
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

/** A request whose client may leave; the errors that it then sees are nobody's. */
export function send(url: URL, options: RequestOptions = {}, body?: string): ClientRequest {
  const client = request(url, options)
  client.on('error', () => {})
  client.end(body)
  return client
}

/** A connection of which the test writes every byte. */
export class RawClient {
  readonly socket: Socket
  received = ''

  constructor({ hostname, port }: URL) {
    this.socket = connect(Number(port), hostname)
    this.socket.setEncoding('utf8')
    this.socket.on('error', () => {})
    this.socket.on('data', (text: string) => (this.received += text))
    onTestFinished(() => void this.socket.destroy())
  }

  write(text: string): void {
    this.socket.write(text.replaceAll('\n', '\r\n'))
  }

  /** The statuses of the answers so far, in order. */
  get statuses(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
  }
}

/** For what crosses a socket and so takes an unknown number of turns. */
export async function eventually(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { interval: 1, timeout: 15_000 })
}

/** Lets the event loop go round, for what must not happen. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
