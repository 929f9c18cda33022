import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Health = 'well' | 'busy' | 'resets' | 'silent'

/** The stock at one place, in the same process. */
export class StockService {
  readonly name: string
  health: Health = 'well'
  /** How many requests have come. */
  asked = 0
  readonly #server = createServer((_request, response) => {
    this.asked++
    if (this.health === 'silent') return
    if (this.health === 'resets') response.socket?.resetAndDestroy()
    else if (this.health === 'busy') response.writeHead(503).end('busy')
    else response.end(`stock of ${this.name}`)
  })

  constructor(name: string) {
    this.name = name
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
