import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { PageEvent, Replies } from './protocol.ts'

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

type Told = PageEvent & { readonly sessionId?: string }

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A browser that is told through a pipe what to do. It ends when the pipe does, whatever becomes of this process. */
export class DebuggingPipe {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<(event: Told) => void>()
  #asked = 0
  #received = ''
  #errors = ''

  constructor(path: string, args: readonly string[]) {
    this.#child = spawn(path, [...args, '--remote-debugging-pipe'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#ended = once(this.#child, 'close').then(() => this.#lost())
    this.#child.stderr?.on('data', (text: Buffer) => (this.#errors += text.toString()))
    this.#input.on('error', () => {})
    this.#output.setEncoding('utf8').on('data', (text: string) => this.#receive(text))
  }

  /** `session` is the page that is meant. Rejects with what the browser has against it. */
  send<Method extends keyof Replies>(
    method: Method,
    params: object,
    session?: string,
  ): Promise<Replies[Method]> {
    const id = ++this.#asked
    const message = { id, method, params, ...(session !== undefined && { sessionId: session }) }
    this.#input.write(`${JSON.stringify(message)}\0`)
    return new Promise((resolve, reject) => {
      // The protocol says so.
      this.#waiting.set(id, { resolve: (result) => resolve(result as Replies[Method]), reject })
    })
  }

  /** Hears what happens in a page. */
  on(session: string, listener: (event: PageEvent) => void): void {
    this.#listeners.add((event) => {
      if (event.sessionId === session) listener(event)
    })
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  // Both are pipes, as was asked for.
  get #input(): Writable {
    return this.#child.stdio[3] as Writable
  }

  get #output(): Readable {
    return this.#child.stdio[4] as Readable
  }

  #receive(text: string): void {
    const messages = (this.#received + text).split('\0')
    this.#received = messages.pop() ?? ''
    for (const message of messages) {
      const told = JSON.parse(message) as Answer | Told
      if ('id' in told) this.#answered(told)
      else for (const listener of this.#listeners) listener(told)
    }
  }

  #answered({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }

  #lost(): void {
    const error = new Error(`the browser has ended: ${this.#errors.slice(-2_000)}`)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
