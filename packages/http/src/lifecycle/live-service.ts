import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { Server as HttpServer, IncomingHttpHeaders, RequestListener } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import { lifecycle } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { LifecycleOptions } from './options.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A service on loopback with a lifecycle, until the test has finished. */
export class LiveService {
  readonly server: Server
  readonly life: Lifecycle
  port = 0
  /** How many requests have come, and how many of them to the listener. */
  requests = 0
  served = 0
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(server: Server, options: LifecycleOptions) {
    this.server = server
    this.life = lifecycle(server, options)
  }

  /** Over one connection that is kept, unless `agent` is another. */
  get(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    agent: Agent | false = this.#agent,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { port } = this
      const client = request({ host: '127.0.0.1', port, path, headers, agent }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => (body += text))
        response.on('error', reject)
        const { statusCode = 0 } = response
        response.on('end', () => resolve({ status: statusCode, headers: response.headers, body }))
      })
      client.on('error', reject)
      client.end()
    })
  }

  /** A connection of which the test writes every byte. */
  connect(): RawConnection {
    return new RawConnection(this.port)
  }

  stop(): void {
    this.#agent.destroy()
    this.server.close()
    if ('closeAllConnections' in this.server) (this.server as HttpServer).closeAllConnections()
  }
}

const ok: RequestListener = (_request, response) => void response.end('ok')

/** Serves the three handlers at `/livez`, `/readyz` and `/status`, and everything else by `listener`. */
export async function serve(options: LifecycleOptions, listener: RequestListener = ok): Promise<LiveService> {
  const server = createServer((incoming, response) => {
    service.requests++
    const { liveness, readiness, status } = service.life
    const handlers: Readonly<Record<string, RequestListener>> = {
      '/livez': liveness,
      '/readyz': readiness,
      '/status': status,
    }
    const handler = handlers[incoming.url ?? '']
    if (handler !== undefined) return handler(incoming, response)
    service.served++
    listener(incoming, response)
  })
  const service = new LiveService(server, options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  service.port = (server.address() as AddressInfo).port
  onTestFinished(() => service.stop())
  return service
}

export class RawConnection {
  readonly socket: Socket
  received = ''
  closed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('utf8')
    this.socket.on('error', () => {})
    this.socket.on('data', (text: string) => (this.received += text))
    this.socket.on('close', () => (this.closed = true))
    onTestFinished(() => void this.socket.destroy())
  }

  write(text: string): void {
    this.socket.write(text.replaceAll('\n', '\r\n'))
  }
}

/** For what crosses a socket and so takes an unknown number of turns. */
export async function eventually(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { interval: 1, timeout: 15_000 })
}
