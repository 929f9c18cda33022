import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Abortable } from '../signal.ts'

/** What a listener throws keeps neither the others nor the signal from hearing. */
export class Listener implements Abortable {
  readonly #host: Host
  readonly #listener: (reason: unknown) => void

  constructor(host: Host, listener: (reason: unknown) => void) {
    this.#host = host
    this.#listener = listener
  }

  abort(reason: unknown): void {
    ask(this.#host, this.#host.pipeline, 'onCancel', () => this.#listener(reason), undefined)
  }
}
