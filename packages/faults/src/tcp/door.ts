import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** A port that can be closed to newcomers and opened again, while those inside stay. */
export class Door {
  readonly #enter: (socket: Socket) => void
  #server: Server | undefined
  #opened: Promise<number> | undefined

  constructor(enter: (socket: Socket) => void) {
    this.#enter = enter
  }

  /** Resolves to the port; rejects where it cannot be had. Does nothing when it is open. */
  open(host: string, port: number): Promise<number> {
    this.#opened ??= this.#listen(host, port)
    return this.#opened
  }

  /** A server that is closed frees its port at once: who comes then is refused by the system. */
  close(): void {
    this.#server?.close()
    this.#server = undefined
    this.#opened = undefined
  }

  async #listen(host: string, port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.#enter)
    this.#server = server
    try {
      await begun(server.listen(port, host))
    } catch (error) {
      if (this.#server === server) this.close()
      throw error
    }
    if (this.#server !== server) server.close()
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }
}

/** Settles when the server listens, cannot, or was closed before it did. */
function begun(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve).once('close', resolve).once('error', reject)
  })
}
