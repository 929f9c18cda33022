import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export type Kind = 'bare' | 'drained'

/** One process of the service. */
export class Instance {
  readonly name: string
  readonly port: number
  readonly #child: ChildProcess

  private constructor(name: string, port: number, child: ChildProcess) {
    this.name = name
    this.port = port
    this.#child = child
  }

  static async start(name: string, kind: Kind): Promise<Instance> {
    const service = new URL('./service.ts', import.meta.url)
    const child = fork(service, [name, kind], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const started = once(child, 'message', { signal: AbortSignal.timeout(30_000) })
    const [{ port }] = (await started) as [{ readonly port: number }]
    return new Instance(name, port, child)
  }

  /** Asks it to stop, as whoever runs it would, and waits until it has. Gives its exit code, null where it was killed. */
  async terminate(): Promise<number | null> {
    const exited = once(this.#child, 'exit') as Promise<[number | null]>
    this.#child.kill('SIGTERM')
    const [code] = await exited
    return code
  }
}
