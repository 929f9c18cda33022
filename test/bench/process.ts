import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process that measures; it is asked one thing at a time. */
export class SubjectProcess {
  readonly #child: ChildProcess

  constructor(script: string, args: readonly string[], nodeOptions: readonly string[]) {
    this.#child = fork(new URL(script, import.meta.url), args, { execArgv: [...nodeOptions] })
    running.add(this.#child)
  }

  ask(task: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`ended with ${code} during '${task}'`))
      this.#child.once('exit', ended)
      this.#child.once('message', (reply) => {
        this.#child.off('exit', ended)
        resolve(reply)
      })
      this.#child.send(task)
    })
  }

  end(): void {
    running.delete(this.#child)
    this.#child.kill('SIGKILL')
  }
}
