import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

const request = 'GET / HTTP/1.1\r\nhost: bench\r\naccept: */*\r\nuser-agent: bench\r\n\r\n'
const endOfHead = '\r\n\r\n'
const patienceMs = 30_000

/**
 * Requests over connections that stay open, one at a time on each. By hand on sockets, since a client that does more
 * takes longer for a request than the server that is measured, which then waits and is measured waking up.
 */
export class Load {
  readonly #sockets: readonly Socket[]
  readonly #expected: string
  #left = 0
  #underWay = 0
  #settle: (error?: Error) => void = () => {}

  private constructor(sockets: readonly Socket[], status: number) {
    this.#sockets = sockets
    this.#expected = `HTTP/1.1 ${status} `
    for (const socket of sockets) this.#serve(socket)
  }

  /** Fails a run in which any answer has another status. */
  static async open(port: number, connections: number, status: number): Promise<Load> {
    const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').setNoDelay(true))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    return new Load(sockets, status)
  }

  async run(requests: number): Promise<void> {
    this.#left = requests
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#settle = (error) => (error === undefined ? resolve() : reject(error))
    const late = setTimeout(reject, patienceMs, new Error(`not answered within ${patienceMs} ms`))
    for (const socket of this.#sockets) this.#ask(socket)
    await promise.finally(() => clearTimeout(late))
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #ask(socket: Socket): void {
    if (this.#left === 0) return
    this.#left--
    this.#underWay++
    socket.write(request)
  }

  #serve(socket: Socket): void {
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
      const end = received.indexOf(endOfHead)
      if (end < 0) return
      const complaint = this.#complaintAbout(received)
      if (complaint !== undefined) return this.#settle(new Error(complaint))
      if (received.length < end + endOfHead.length + lengthOf(received)) return
      received = ''
      this.#underWay--
      this.#ask(socket)
      if (this.#left + this.#underWay === 0) this.#settle()
    })
    socket.on('error', (error) => this.#settle(error))
    socket.on('close', () => this.#settle(new Error('the server closed a connection')))
  }

  #complaintAbout(received: string): string | undefined {
    if (!received.startsWith(this.#expected)) return `answered with ${received}`
    return Number.isNaN(lengthOf(received)) ? `an answer without a length: ${received}` : undefined
  }
}

function lengthOf(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
}
