import { TimeoutError } from '@holdfast/core'
import type { ResilientFetch } from '@holdfast/fetch'
import { eagerFetch, parentHeader, Service } from './service.ts'

/** A caller and three services in a row, each asking the next. */
export class Chain implements AsyncDisposable {
  readonly services: readonly [Service, Service, Service]
  readonly #client: ResilientFetch = eagerFetch()
  #extraAttempts = 0

  private constructor(services: readonly [Service, Service, Service]) {
    this.services = services
    this.#client.outbound.on(({ type }) => {
      if (type === 'retry.scheduled') this.#extraAttempts++
    })
  }

  /** Each takes its time; the last answers its requests with these statuses, by their number. */
  static async start(
    [first, second, third]: readonly [number, number, number],
    status: (request: number) => number,
  ): Promise<Chain> {
    const last = await Service.start({ takesMs: third, status })
    const middle = await Service.start({ takesMs: second, next: last })
    return new Chain([await Service.start({ takesMs: first, next: middle }), middle, last])
  }

  /** The status of the answer, or that there was none in time. */
  async call(
    number: number,
    deadline = Infinity,
    said: Readonly<Record<string, string>> = {},
  ): Promise<number | 'late'> {
    try {
      const headers = { ...said, [parentHeader]: `${number}` }
      const answer = await this.#client(this.services[0].url, { headers, holdfast: { deadline } })
      await answer.arrayBuffer()
      return answer.status
    } catch (error) {
      if (error instanceof TimeoutError) return 'late'
      throw error
    }
  }

  /** Requests that are being served. */
  get running(): number {
    return this.services.reduce((sum, { permits }) => sum + permits.statistics().running, 0)
  }

  /** Attempts beyond the first: those of the caller, and then those of each service but the last. */
  get extraAttempts(): readonly number[] {
    return [this.#extraAttempts, ...this.services.slice(0, -1).map(({ extraAttempts }) => extraAttempts)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.services) await service.stop()
  }
}
