import type { Request } from './protocol/request.ts'
import { noAnswer } from './store.ts'
import type { Answer } from './store.ts'

type Asked = readonly [request: Request, answered: (answer: Answer) => void]

/** Sends what a call waits for: at once, all that is asked in one turn in one round trip. */
export class Urgent {
  readonly #send: (requests: readonly Request[]) => Promise<readonly Answer[]>
  #asked: Asked[] = []

  constructor(send: (requests: readonly Request[]) => Promise<readonly Answer[]>) {
    this.#send = send
  }

  /** `answered` is called once, later. */
  ask(request: Request, answered: (answer: Answer) => void): void {
    this.#asked.push([request, answered])
    if (this.#asked.length === 1) void Promise.resolve().then(() => this.#sendAll())
  }

  async #sendAll(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    const answers = await this.#send(asked.map(([request]) => request))
    for (const [index, [, answered]] of asked.entries()) answered(answers[index] ?? noAnswer)
  }
}
