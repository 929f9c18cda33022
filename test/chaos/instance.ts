import { setTimeout as delay } from 'node:timers/promises'
import { circuitBreaker, CircuitOpenError, pipeline, share } from '@holdfast/core'
import type { CircuitBreaker, CircuitBreakerOptions, Pipeline, Share } from '@holdfast/core'
import { redisStore } from '@holdfast/redis'
import type { RedisStoreOptions } from '@holdfast/redis'
import { now } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Traffic } from './message.ts'
import { WatchedStore } from './watched-store.ts'

/** What instances of one process have in common. */
export interface Surroundings {
  readonly isWell: boolean
  log(entry: Entry): void
  admission(ms: number, admitted: boolean): void
}

/** One instance of a service, with callers. What it sees it logs. */
export class Instance {
  readonly instance: string
  readonly store: WatchedStore
  inFlight = 0
  readonly #share: Share
  readonly #breaker: CircuitBreaker
  readonly #pipeline: Pipeline
  readonly #surroundings: Surroundings
  #stopped = false
  #seen = ''

  constructor(
    instance: string,
    store: RedisStoreOptions,
    circuit: CircuitBreakerOptions,
    surroundings: Surroundings,
  ) {
    this.instance = instance
    this.#surroundings = surroundings
    this.store = new WatchedStore(redisStore(store), this)
    this.#share = share(this.store)
    this.#breaker = circuitBreaker(circuit)
    this.#pipeline = pipeline('chaos', [this.#breaker], { share: this.#share })
    this.#share.on(({ type }) => this.log({ kind: 'event', at: now(), instance, type }))
    this.#pipeline.on((event) => {
      if (event.type === 'circuit.probed') {
        this.log({ kind: 'probed', at: now(), instance, epoch: event.epoch, probe: event.probe })
      } else if (event.type === 'circuit.overridden') {
        this.log({ kind: 'overridden', at: now(), instance, state: event.override?.state })
      } else if (!event.type.startsWith('circuit.')) {
        this.log({ kind: 'event', at: now(), instance, type: event.type })
      }
    })
  }

  log(entry: Entry): void {
    this.#surroundings.log(entry)
  }

  /** Logs the fleet's circuit as this instance knows it, if that is another than before. */
  look(): void {
    const { fleet } = this.#breaker.statistics()
    if (fleet === undefined) return
    const { epoch, state, alone } = fleet
    const seen = `${epoch} ${state} ${alone}`
    if (seen === this.#seen) return
    this.#seen = seen
    this.log({ kind: 'applied', at: now(), instance: this.instance, epoch, state, alone })
  }

  /** Calls until it is stopped, with so many callers. */
  async call(traffic: Traffic): Promise<void> {
    await Promise.all(Array.from({ length: traffic.callers }, () => this.#caller(traffic)))
  }

  async #caller({ workMs, restMs, longRatio, longMs }: Traffic): Promise<void> {
    await delay(Math.random() * restMs)
    while (!this.#stopped) {
      const settle = this.#admit()
      if (settle !== undefined) {
        this.inFlight++
        await delay(about(Math.random() < longRatio ? longMs : workMs))
        settle(this.#surroundings.isWell)
        this.inFlight--
      }
      await delay(about(restMs))
    }
  }

  #admit(): ((well: boolean) => void) | undefined {
    const start = performance.now()
    const admission = this.#pipeline.admit()
    const ms = performance.now() - start
    if (admission instanceof Promise) return void this.#odd('a call had to wait')
    this.#surroundings.admission(ms, admission.admitted)
    if (admission.admitted)
      return (well) => admission.settle(well ? { value: undefined } : { error: new Error('ill') })
    if (!(admission.error instanceof CircuitOpenError))
      this.#odd(`a call was refused with ${String(admission.error)}`)
    return undefined
  }

  #odd(text: string): void {
    this.log({ kind: 'odd', at: now(), instance: this.instance, text })
  }

  stopCalling(): void {
    this.#stopped = true
  }

  /** Leaves the fleet; how long that took. */
  async stop(): Promise<number> {
    const { running } = this.#breaker.statistics()
    if (running !== 0) this.#odd(`${running} calls count as running, and none is`)
    const start = performance.now()
    await this.#share.stop()
    return performance.now() - start
  }
}

function about(ms: number): number {
  return ms * (0.5 + Math.random())
}
