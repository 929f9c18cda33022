import type { Answer, Store, StoreListener } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { now } from './entry.ts'
import type { Entry } from './entry.ts'

/** Who hears what an instance and its server say to each other. */
export interface StoreWatcher {
  readonly instance: string
  log(entry: Entry): void
  /** The instance may have learned something. */
  look(): void
}

/** A store that writes down what goes over it, and can lose pushes. */
export class WatchedStore implements Store {
  isDeaf = false
  readonly #inner: Store
  readonly #watcher: StoreWatcher

  constructor(inner: Store, watcher: StoreWatcher) {
    this.#inner = inner
    this.#watcher = watcher
  }

  open(listener: StoreListener): void {
    const watcher = this.#watcher
    this.#inner.open({
      connected: () => listener.connected(),
      disconnected: (failure) => listener.disconnected(failure),
      pushed: (text) => {
        if (this.isDeaf) return
        const [, , epoch = '', , , reason = ''] = text.split('|')
        const { instance } = watcher
        watcher.look()
        watcher.log({ kind: 'pushed', at: now(), instance, epoch: Number(epoch), reason })
        listener.pushed(text)
        watcher.look()
      },
    })
  }

  async send(requests: readonly Request[]): Promise<readonly Answer[]> {
    const sentAt = now()
    const answers = await this.#inner.send(requests)
    this.#watcher.look()
    for (const [index, request] of requests.entries()) this.#note(request, answers[index], sentAt)
    // When whoever asked has heard the answers.
    setImmediate(() => this.#watcher.look())
    return answers
  }

  #note(request: Request, answer: Answer | undefined, sentAt: number): void {
    const { instance } = this.#watcher
    const at = now()
    if (request.type === 'flush') {
      const { successes, failures } = request
      const claimed = request.claim.epoch
      const reply = answer?.type === 'flush' ? { ...answer, state: answer.status } : undefined
      this.#watcher.log({ kind: 'flushed', at, sentAt, instance, claimed, successes, failures, reply })
    }
    if (request.type !== 'probe') return
    const reply = answer?.type === 'probe' ? { ...answer, state: answer.status } : undefined
    const reports = request.reports.length
    const succeeded = request.reports.filter(({ result }) => result === 'succeeded').length
    const claimed = request.claim.epoch
    this.#watcher.log({ kind: 'reported', at, instance, claimed, reports, succeeded, reply })
    if (reply === undefined || reply.tokens === 0) return
    const { epoch, firstToken: first, tokens } = reply
    this.#watcher.log({ kind: 'granted', at, instance, epoch, first, tokens })
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
