import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../architecture/source.ts'

/** The demo as a process. */
export class Demo {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<unknown>

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const main = join(root, 'examples/gateway/src/main.ts')
    // In a process group of its own, so that what is left of it can be found.
    this.child = spawn(process.execPath, [main, ...args], { detached: true, env })
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()))
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()))
    this.ended = once(this.child, 'close')
    onTestFinished(() => void this.#signal('SIGKILL'))
  }

  /** Whether any process of it is there, its children included. */
  get hasProcesses(): boolean {
    return this.#signal(0)
  }

  #signal(signal: 'SIGKILL' | 0): boolean {
    const { pid } = this.child
    if (pid === undefined) return false
    try {
      return process.kill(-pid, signal)
    } catch {
      return false
    }
  }
}
