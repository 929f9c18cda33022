import { SubjectProcess } from '../process.ts'
import { Load } from './load.ts'

/** What is measured beside others. */
export interface Contestant {
  /** Microseconds of its process's processor time, all threads, for so many requests. */
  run(requests: number): Promise<number>
  end(): void
}

/** Enough to keep the server busy, so that it does not wake up for every single request. */
const connections = 16

async function figureOf(child: SubjectProcess, task: string): Promise<number> {
  // The workers' own type of reply.
  const reply = (await child.ask(task)) as { readonly figure: number } | { readonly broken: string }
  if ('broken' in reply) throw new Error(reply.broken)
  return reply.figure
}

/** A server in a process of its own; the requests come from this one. */
export class ServerContestant implements Contestant {
  readonly #child: SubjectProcess
  readonly #load: Load
  readonly port: number

  private constructor(child: SubjectProcess, load: Load, port: number) {
    this.#child = child
    this.#load = load
    this.port = port
  }

  static async start(group: string, subject: string, status: number): Promise<ServerContestant> {
    const child = new SubjectProcess('./http/server-worker.ts', [group, subject], [])
    const port = await figureOf(child, 'start')
    return new ServerContestant(child, await Load.open(port, connections, status), port)
  }

  async run(requests: number): Promise<number> {
    const before = await figureOf(this.#child, 'processor')
    await this.#load.run(requests)
    return (await figureOf(this.#child, 'processor')) - before
  }

  end(): void {
    this.#load.close()
    this.#child.end()
  }
}

/** A client in a process of its own, which asks a server that is not measured. */
export class ClientContestant implements Contestant {
  readonly #child: SubjectProcess

  constructor(group: string, subject: string, url: string) {
    this.#child = new SubjectProcess('./http/client-worker.ts', [group, subject, url], [])
  }

  run(requests: number): Promise<number> {
    return figureOf(this.#child, String(requests))
  }

  end(): void {
    this.#child.end()
  }
}
