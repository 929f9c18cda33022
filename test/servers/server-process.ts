import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onPath } from './program.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const graceMs = 2_000

/** A process that ends with this one at the latest; on Linux even when this one is killed. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = once(child, 'close').finally(() => running.delete(child))
    running.add(child)
    child.stdout?.on('data', (text: Buffer) => this.#keep(text))
    child.stderr?.on('data', (text: Buffer) => this.#keep(text))
  }

  static async start(path: string, args: readonly string[]): Promise<ServerProcess> {
    const setpriv = process.platform === 'linux' ? await onPath('setpriv') : undefined
    // setpriv becomes the server, so the process keeps its id.
    const words = setpriv === undefined ? [path, ...args] : [setpriv, '--pdeathsig', 'KILL', path, ...args]
    const [file = path, ...rest] = words
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    await once(child, 'spawn')
    return new ServerProcess(child)
  }

  /** The last of what it has printed. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to end, and kills it when it has not within two seconds. */
  async stop(): Promise<void> {
    if (!this.isRunning) return
    // A stopped process does not hear that it shall end.
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGTERM')
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(impatience)
  }

  #keep(text: Buffer): void {
    this.#output = (this.#output + text.toString()).slice(-10_000)
  }
}
