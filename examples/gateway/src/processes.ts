import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Health } from './schedule.ts'

const running = new Set<ChildProcess>()

/** Sees to it that the process ends with the demo. */
export function adopt(child: ChildProcess): void {
  // One that could not be started has nothing to end.
  if (child.pid === undefined) return
  running.add(child)
  child.once('exit', () => running.delete(child))
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Ends every process that was started, by its own id, and waits until it has gone. */
export async function endAll(): Promise<void> {
  const ended = [...running].map((child) => once(child, 'exit'))
  killAll()
  await Promise.all(ended)
}

process.on('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void endAll().then(() => process.exit(130)))
}

export interface Started {
  readonly child: ChildProcess
  readonly port: number
}

/** Starts a module as a process that says on which port it listens. */
export async function start(file: string, args: readonly string[]): Promise<Started> {
  const child = fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  adopt(child)
  const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(15_000) })) as [
    { port: number },
  ]
  return { child, port: message.port }
}

/** One inventory process, which can be killed and comes back on the same port. */
export class Inventory {
  readonly #id: string
  readonly #seed: number
  #started: Started | undefined
  port = 0

  constructor(id: string, seed: number) {
    this.#id = id
    this.#seed = seed
  }

  async become(health: Health): Promise<void> {
    if (health === 'killed') {
      this.#started?.child.kill('SIGKILL')
      this.#started = undefined
      return
    }
    if (this.#started === undefined) {
      this.#started = await start('./inventory.ts', [this.#id, String(this.port), String(this.#seed)])
      this.port = this.#started.port
    }
    this.#started.child.send({ health })
  }
}

/** A gateway with an inventory of its own: a primary and a standby. */
export class Site {
  readonly kind: 'bare' | 'holdfast'
  readonly primary: Inventory
  readonly standby: Inventory
  /** Hears what the gateway does about its endpoints. */
  readonly #onDeed: (did: string) => void
  /** Who waits for how many requests it has sent to its primary. */
  readonly #asked: ((sent: number) => void)[] = []
  #gateway: Started | undefined

  constructor(kind: 'bare' | 'holdfast', seed: number, onDeed: (did: string) => void) {
    this.kind = kind
    this.#onDeed = onDeed
    this.primary = new Inventory('primary', seed)
    this.standby = new Inventory('standby', seed + 1)
  }

  async start(): Promise<void> {
    await Promise.all([this.primary.become('healthy'), this.standby.become('healthy')])
    this.#gateway = await start('./gateway.ts', [
      this.kind,
      String(this.primary.port),
      String(this.standby.port),
    ])
    this.#gateway.child.on('message', (message: Message) => this.#hear(message))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#gateway?.port}/stock`
  }

  /** How many requests the gateway has sent to its primary so far. */
  async sentToPrimary(): Promise<number> {
    const child = this.#gateway?.child
    if (child === undefined) return 0
    const { promise, resolve } = Promise.withResolvers<number>()
    this.#asked.push(resolve)
    child.send({ ask: 'sentToPrimary' })
    return promise
  }

  #hear({ sentToPrimary, did }: Message): void {
    if (did !== undefined) this.#onDeed(did)
    if (sentToPrimary !== undefined) this.#asked.shift()?.(sentToPrimary)
  }
}

/** What a gateway says: how many requests it has sent to its primary, or what it did. */
interface Message {
  readonly sentToPrimary?: number
  readonly did?: string
}
