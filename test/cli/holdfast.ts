import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eventually } from '../servers/index.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** Longer than any of its commands may take. */
const limitMs = 20_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly errors: readonly string[]
  readonly tookMs: number
}

export interface Environment {
  readonly [name: string]: string
}

/** The program as a process of its own. */
export class Holdfast implements AsyncDisposable {
  out = ''
  #errors = ''
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #startedAt = performance.now()

  constructor(args: readonly string[], env: Environment = {}) {
    const { HOLDFAST_REDIS_URL: _, REDIS_URL: __, ...inherited } = process.env
    this.#child = spawn(process.execPath, [main, ...args], {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()))
    this.#child.stderr?.on('data', (text: Buffer) => (this.#errors += text.toString()))
  }

  get lines(): readonly string[] {
    return linesOf(this.out)
  }

  async ended(): Promise<Ended> {
    await this.#closed
    const { out } = this
    const tookMs = performance.now() - this.#startedAt
    return { code: this.#child.exitCode, out, errors: linesOf(this.#errors), tookMs }
  }

  /** The first line that it prints, now or later, which matches. */
  line(shape: RegExp): Promise<string> {
    return eventually(`holdfast prints ${shape}`, () => this.lines.find((line) => shape.test(line)))
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  /** Closes the end of the pipe from which its output is read. */
  stopReading(): void {
    this.#child.stdout?.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}

/** Runs a command to its end. */
export function holdfast(url: string, ...args: readonly string[]): Promise<Ended> {
  return new Holdfast(args, { HOLDFAST_REDIS_URL: url }).ended()
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1)
}
