import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '../servers/index.ts'

/** The newest Node 22, where the repository brings it: its syntax has no `await using`, and its symbols have. */
export const node22: string = new URL('../node_modules/node-22/bin/node', import.meta.url).pathname

/** A process that uses a share until it is told to stop. */
export class User implements Disposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(program: 'await-using' | 'async-dispose', url: string, node: string = process.execPath) {
    const path = new URL(`./${program}.ts`, import.meta.url).pathname
    this.#child = spawn(node, ['--disable-warning=ExperimentalWarning', path, url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.#output += text.toString()
    })
  }

  get output(): string {
    return this.#output
  }

  async said(words: string): Promise<void> {
    await eventually(`the process says ${words}`, () => this.#output.includes(words))
  }

  /** How long stopping took, and how long the process lived on for it in all. */
  async stop(): Promise<{ readonly stopMs: number; readonly leftMs: number }> {
    this.#child.stdin?.end('now')
    const [code] = await once(this.#child, 'close')
    if (code !== 0) throw new Error(`it ended with ${String(code)}:\n${this.#output}`)
    return JSON.parse(this.#output.trim().split('\n').at(-1) ?? '') // written by the process
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}
