import { memoryServer } from '@holdfast/core'
import type { MemoryServer, Store, StoreFailure, StoreListener } from '@holdfast/core'
import type { Reply, Request } from '@holdfast/core/protocol'
import type { RedisStoreOptions } from '@holdfast/redis'
import { VirtualClock } from '@holdfast/testing'
import { run } from '../../packages/cli/src/program.ts'
import type { Surroundings } from '../../packages/cli/src/surroundings.ts'

export interface DeskOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly terminal?: { readonly columns: number; readonly rows: number }
  readonly user?: string
  readonly files?: Readonly<Record<string, string>>
  /** What is piped in. */
  readonly input?: string
  /** Instead of a server in memory. */
  readonly connect?: (options: RedisStoreOptions) => Store
}

/** Where the program runs in a test: in this process, with a server in memory and a clock that stands still. */
export class Desk implements Surroundings {
  readonly clock: VirtualClock = new VirtualClock({ wallTime: Date.UTC(2030, 0, 1) })
  readonly server: MemoryServer = memoryServer(this.clock)
  readonly env: Readonly<Record<string, string>>
  readonly complaints: string[] = []
  /** What was written to files, by their paths; `readonly` cannot be written. */
  readonly written: Map<string, string> = new Map()
  /** Each line that showed how far it is. */
  readonly shown: string[] = []
  /** What the program has asked to be connected to. */
  readonly connections: RedisStoreOptions[] = []
  readonly #options: DeskOptions
  readonly #end: AbortController = new AbortController()
  readonly #printed: string[] = []

  constructor(options: DeskOptions = {}) {
    this.#options = options
    this.env = { HOLDFAST_REDIS_URL: 'redis://127.0.0.1', ...options.env }
  }

  /** What was printed since this was asked last. */
  printed(): string {
    return this.#printed.splice(0).join('')
  }

  get out(): Surroundings['out'] {
    const { columns, rows } = this.#options.terminal ?? { columns: Infinity, rows: Infinity }
    const isTerminal = this.#options.terminal !== undefined
    return { isTerminal, columns, rows, write: (text) => void this.#printed.push(text) }
  }

  complain(line: string): void {
    this.complaints.push(line)
  }

  user(): string | undefined {
    return 'user' in this.#options ? this.#options.user : 'ann'
  }

  read(path: string): Buffer {
    const content = this.#options.files?.[path]
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return Buffer.from(content)
  }

  readInput(): Promise<string> {
    return Promise.resolve(this.#options.input ?? '')
  }

  write(path: string, text: string): void {
    if (path === 'readonly') throw Object.assign(new Error('permission denied'), { code: 'EACCES' })
    this.written.set(path, text)
  }

  progress(line: string): void {
    this.shown.push(line)
  }

  connect(options: RedisStoreOptions): Store {
    this.connections.push(options)
    return this.#options.connect?.(options) ?? this.server.connect()
  }

  ending(): AbortSignal {
    return this.#end.signal
  }

  /** As Ctrl-C. */
  end(): void {
    this.#end.abort()
  }

  /** Resolves to the exit code. */
  run(...args: readonly string[]): Promise<number> {
    return run(args, this)
  }

  /** An instance says that it is there and has these objects. */
  async register(...objects: readonly string[]): Promise<void> {
    await this.ask({ type: 'heartbeat', instance: 'one', objects, leaving: false, aliveMs: 15_000 })
  }

  async ask(request: Request): Promise<Reply | StoreFailure> {
    const store = this.server.connect()
    store.open({ pushed: () => undefined, connected: () => undefined, disconnected: () => undefined })
    const [answer] = await store.send([request])
    await store.close()
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
}

/** A store that never connects, or says why it does not. */
export class DeadStore implements Store {
  isClosed = false
  readonly #failures: readonly StoreFailure[]

  constructor(...failures: readonly StoreFailure[]) {
    this.#failures = failures
  }

  open(listener: StoreListener): void {
    for (const failure of this.#failures) queueMicrotask(() => listener.disconnected(failure))
  }

  send(requests: readonly Request[]): Promise<readonly StoreFailure[]> {
    return Promise.resolve(
      requests.map(() => ({ type: 'failure', reason: 'unreachable', message: 'gone' }) as const),
    )
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
}
