import { once } from 'node:events'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Identity } from './certificates.ts'

/** The service behind the gateway. It talks to nobody without a certificate of the authority. */
export class Inventory {
  readonly #server: Server
  healthy = true
  /** How often it was asked. */
  asked = 0

  constructor(identity: Identity, authority: string) {
    const mutual = { ca: authority, requestCert: true, rejectUnauthorized: true }
    this.#server = createServer({ ...identity, ...mutual }, (_request, response) => {
      this.asked++
      response.statusCode = this.healthy ? 200 : 500
      response.end(JSON.stringify(this.healthy ? { stock: 42 } : { error: 'the disk at /dev/sdb is full' }))
    })
  }

  /** Gives its address. */
  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
