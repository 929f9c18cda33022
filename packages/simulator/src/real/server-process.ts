import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { ReplicaReport } from '../report.ts'
import type { News, Order, Role } from './order.ts'

/** Its package's own entry: a source file in the workspace, a built one where it is installed. */
const program = createRequire(import.meta.url).resolve('@holdfast/simulator/server')
const longestStartMs = 30_000
const longestAnswerMs = 10_000

/** A replica in a process of its own. */
export class ServerProcess {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  /** Rejects when the process ends before it is told to. */
  readonly lost: Promise<never>
  #complaint = ''
  #isWanted = true

  constructor(name: string) {
    this.#name = name
    this.#child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child.stderr?.on(
      'data',
      (text: Buffer) => (this.#complaint = (this.#complaint + text.toString()).slice(-4_000)),
    )
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(signal ?? code)).once('error', resolve)
    })
    this.lost = new Promise((_, reject) => {
      void this.#exited.then((how) => {
        if (this.#isWanted) reject(new Error(`the process of ${name} has ended (${how})\n${this.#complaint}`))
      })
    })
    this.lost.catch(() => {})
  }

  /** Resolves to its port. */
  async listening(): Promise<number> {
    const news = await this.#heard('listening', longestStartMs)
    return news.port
  }

  async begin(role: Role): Promise<void> {
    this.#tell({ type: 'begin', ...role })
    await this.#heard('begun', longestAnswerMs)
  }

  inject(place: number, on: boolean): void {
    this.#tell({ type: 'inject', place, on })
  }

  async report(): Promise<ReplicaReport> {
    this.#tell({ type: 'report' })
    const news = await this.#heard('reported', longestAnswerMs)
    return news.report
  }

  /** Ends it, whatever it is doing; resolves when it has gone. */
  async end(): Promise<void> {
    this.#isWanted = false
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order)
  }

  async #heard<Type extends News['type']>(
    type: Type,
    withinMs: number,
  ): Promise<Extract<News, { readonly type: Type }>> {
    const signal = AbortSignal.timeout(withinMs)
    const answer = once(this.#child, 'message', { signal }).catch(() => [])
    const [news] = (await Promise.race([answer, this.lost])) as [News?]
    if (news?.type === type) return news as Extract<News, { readonly type: Type }>
    throw new Error(`the process of ${this.#name} has not said '${type}' within ${withinMs} ms`)
  }
}
