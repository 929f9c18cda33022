import { Agent, get } from 'node:http'
import type { Instance } from './instance.ts'

const probeMs = 100

/** Sends each request to the next instance that has called itself ready when it was probed last. */
export class Balancer implements Disposable {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #instances = new Map<Instance, boolean>()
  readonly #probing: NodeJS.Timeout
  #turn = 0

  constructor() {
    this.#probing = setInterval(() => void this.probe(), probeMs)
  }

  add(instance: Instance): Promise<void> {
    this.#instances.set(instance, false)
    return this.probe()
  }

  remove(instance: Instance): void {
    this.#instances.delete(instance)
  }

  async probe(): Promise<void> {
    const all = [...this.#instances.keys()]
    await Promise.all(
      all.map(async (instance) => {
        const { status } = await ask(instance, '/readyz', false)
        if (this.#instances.has(instance)) this.#instances.set(instance, status === 200)
      }),
    )
  }

  /** Never rejects. */
  send(path: string): Promise<Answer> {
    const ready = [...this.#instances].flatMap(([instance, isReady]) => (isReady ? [instance] : []))
    const next = ready[this.#turn++ % ready.length]
    return next === undefined
      ? Promise.resolve({ status: undefined, body: '' })
      : ask(next, path, this.#agent)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#probing)
    this.#agent.destroy()
  }
}

export interface Answer {
  /** Undefined where there was none. */
  readonly status: number | undefined
  readonly body: string
}

function ask({ port }: Instance, path: string, agent: Agent | false): Promise<Answer> {
  return new Promise((resolve) => {
    const none = (): void => resolve({ status: undefined, body: '' })
    const options = { host: '127.0.0.1', port, path, agent, signal: AbortSignal.timeout(5_000) }
    const request = get(options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('error', none)
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    request.on('error', none)
  })
}
