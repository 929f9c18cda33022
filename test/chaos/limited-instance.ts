import { setTimeout as delay } from 'node:timers/promises'
import { bulkhead, BulkheadFullError, pipeline, rateLimit, RateLimitedError, share } from '@holdfast/core'
import type { BulkheadOptions, Pipeline, RateLimitOptions, Share } from '@holdfast/core'
import { redisStore } from '@holdfast/redis'
import type { RedisStoreOptions } from '@holdfast/redis'
import { now } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Surroundings } from './instance.ts'
import type { Traffic } from './message.ts'
import { WatchedStore } from './watched-store.ts'

/** Limits that a fleet shares. */
export interface Limits {
  readonly bulkhead: BulkheadOptions
  readonly rateLimit: RateLimitOptions
}

/** One instance with callers of two things: of one so many may be called at a time, of the other so often. */
export class LimitedInstance {
  readonly instance: string
  readonly store: WatchedStore
  inFlight = 0
  readonly #share: Share
  readonly #slots: Pipeline
  readonly #rate: Pipeline
  readonly #surroundings: Surroundings
  #stopped = false

  constructor(instance: string, store: RedisStoreOptions, limits: Limits, surroundings: Surroundings) {
    this.instance = instance
    this.#surroundings = surroundings
    this.store = new WatchedStore(redisStore(store), this)
    this.#share = share(this.store)
    this.#slots = pipeline('slots', [bulkhead(limits.bulkhead)], { share: this.#share })
    this.#rate = pipeline('rate', [rateLimit(limits.rateLimit)], { share: this.#share })
  }

  log(entry: Entry): void {
    this.#surroundings.log(entry)
  }

  look(): void {}

  async call(traffic: Traffic): Promise<void> {
    const callers = Array.from({ length: traffic.callers })
    await Promise.all([
      ...callers.map(() => this.#caller(traffic, () => this.#run(traffic.workMs))),
      ...callers.map(() => this.#caller(traffic, () => this.#pass())),
    ])
  }

  async #caller({ restMs }: Traffic, call: () => Promise<void>): Promise<void> {
    await delay(Math.random() * restMs)
    while (!this.#stopped) {
      await call()
      await delay(restMs * (0.5 + Math.random()))
    }
  }

  async #run(workMs: number): Promise<void> {
    const settle = this.#admit(this.#slots, (error) => error instanceof BulkheadFullError)
    if (settle === undefined) return
    const from = now()
    this.inFlight++
    await delay(workMs * (0.5 + Math.random()))
    this.inFlight--
    this.log({ kind: 'ran', at: from, instance: this.instance, until: now() })
    settle()
  }

  async #pass(): Promise<void> {
    const settle = this.#admit(this.#rate, (error) => error instanceof RateLimitedError)
    if (settle === undefined) return
    this.log({ kind: 'passed', at: now(), instance: this.instance })
    settle()
  }

  #admit(guarded: Pipeline, isRefusal: (error: unknown) => boolean): (() => void) | undefined {
    const start = performance.now()
    const admission = guarded.admit()
    const ms = performance.now() - start
    if (admission instanceof Promise) return this.#odd('a call had to wait')
    this.#surroundings.admission(ms, admission.admitted)
    if (admission.admitted) return () => admission.settle({ value: undefined })
    if (!isRefusal(admission.error)) this.#odd(`a call was refused with ${String(admission.error)}`)
    return undefined
  }

  #odd(text: string): undefined {
    this.log({ kind: 'odd', at: now(), instance: this.instance, text })
  }

  stopCalling(): void {
    this.#stopped = true
  }

  async stop(): Promise<number> {
    const start = performance.now()
    await this.#share.stop()
    return performance.now() - start
  }
}
