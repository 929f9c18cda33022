import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What may happen to a request: it is too much, the connection breaks, or there is never an answer. */
export type Trouble = 'busy' | 'breaks' | 'hangs'

/** The service for orders, in the same process. It takes the trouble that it is told to take. */
export class OrderService {
  /** What happens to the next requests; those after them are served. */
  readonly troubles: Trouble[] = []
  /** What came, as method and `Idempotency-Key`. */
  readonly requests: string[] = []
  readonly #server = createServer((request, response) => this.#serve(request, response))

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { headers, method = '' } = request
    const key = headers['idempotency-key']
    this.requests.push(key === undefined ? method : `${method} ${String(key)}`)
    request.resume()
    const trouble = this.troubles.shift()
    if (trouble === 'hangs') return
    if (trouble === 'breaks') return void response.destroy()
    if (trouble === 'busy') return void response.writeHead(503).end()
    response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
    response.end('{"article":"tea"}')
  }
}
