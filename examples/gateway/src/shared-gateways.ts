import { tcpProxy } from '@holdfast/faults'
import type { TcpProxy } from '@holdfast/faults'
import { start } from './processes.ts'
import type { Started } from './processes.ts'

/** What a gateway says of its circuit for the primary. */
export interface Moment {
  readonly at: number
  readonly said: 'open' | 'half-open' | 'closed' | 'forced open' | 'not forced'
}

/** A gateway process with a path of its own to the primary, which can be cut. */
export class SharedGateway {
  readonly name: string
  readonly moments: Moment[] = []
  readonly #redisUrl: string
  readonly #primaryPort: number
  readonly #standbyPort: number
  #path: TcpProxy | undefined
  #started: Started | undefined

  constructor(name: string, redisUrl: string, primaryPort: number, standbyPort: number) {
    this.name = name
    this.#redisUrl = redisUrl
    this.#primaryPort = primaryPort
    this.#standbyPort = standbyPort
  }

  async start(): Promise<void> {
    this.#path = await tcpProxy({ target: { port: this.#primaryPort } })
    const args = [this.#redisUrl, String(this.#path.port), String(this.#standbyPort)]
    this.#started = await start('./shared-gateway.ts', args)
    this.#started.child.on('message', ({ said }: { said?: Moment['said'] }) => {
      if (said !== undefined) this.moments.push({ at: performance.now(), said })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#started?.port}/stock`
  }

  /** Nothing of what this gateway sends reaches the primary any more. */
  async cut(): Promise<void> {
    await this.#path?.refuse()
    this.#path?.reset()
  }

  async mend(): Promise<void> {
    await this.#path?.accept()
  }

  /** Milliseconds from `since` until it first said so; undefined if it did not. */
  saidAfter(said: Moment['said'], since: number): number | undefined {
    const moment = this.moments.find((each) => each.at >= since && each.said === said)
    return moment && moment.at - since
  }

  async stop(): Promise<void> {
    this.#started?.child.send('stop')
    await this.#path?.stop()
  }
}
