import { circuitBreaker, pipeline, share } from '@holdfast/core'
import type { Pipeline, Share } from '@holdfast/core'
import { redisStore } from '@holdfast/redis'
import { eventually } from '../servers/index.ts'

/** One instance of a service, with one shared circuit. */
export class Instance implements AsyncDisposable {
  readonly share: Share
  readonly #pipeline: Pipeline

  private constructor(url: string, name: string) {
    this.share = share(redisStore({ url }))
    this.#pipeline = pipeline(name, [circuitBreaker()], { share: this.share })
  }

  /** Resolves when the server knows its circuit. */
  static async start(url: string, name = 'inventory'): Promise<Instance> {
    const instance = new Instance(url, name)
    await instance.share.ready()
    return instance
  }

  /** What a call that works comes to: `done`, or why it is refused. */
  async call(): Promise<string> {
    const outcome = await this.#pipeline.executeOutcome(() => 'done')
    if (!('error' in outcome)) return String(outcome.value)
    const { code, message } = outcome.error as { readonly code: string; readonly message: string }
    return `${code}: ${message}`
  }

  /** Calls until what comes of it matches; rejects when that takes longer than `withinMs`. */
  until(shape: RegExp, withinMs = 1_000): Promise<string> {
    const attempt = async (): Promise<string | false> => {
      const result = await this.call()
      return shape.test(result) && result
    }
    return eventually(`a call ends with ${shape}`, attempt, { withinMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.share.stop()
  }
}
