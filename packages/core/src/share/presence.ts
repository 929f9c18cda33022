import type { HeartbeatRequest } from './protocol/heartbeat.ts'
import type { Answer } from './store.ts'

/** A name is told again after so long, in milliseconds. */
const renameMs = 24 * 60 * 60 * 1_000

/** What an instance says of itself now and then: that it is there, and what it shares. */
export class Presence {
  /**
   * How many instances there are as far as was heard lately, at least 1; what was expected until anything is. A server that
   * has lost its memory counts from 1 again, and whoever goes by that takes a limit for its own.
   */
  fleetSize: number
  #countedAt = -Infinity
  readonly #instance: string
  readonly #aliveMs: number
  /** When the server was last told of each object. */
  readonly #toldAt = new Map<string, number>()

  /** An instance that says nothing for `aliveMs` is taken to be gone. */
  constructor(instance: string, aliveMs: number, expected: number) {
    this.#instance = instance
    this.#aliveMs = aliveMs
    this.fleetSize = expected
  }

  heartbeat(names: Iterable<string>, now: number): HeartbeatRequest {
    const objects = [...names].filter((name) => now - (this.#toldAt.get(name) ?? -Infinity) > renameMs)
    return { type: 'heartbeat', instance: this.#instance, objects, leaving: false, aliveMs: this.#aliveMs }
  }

  heard({ objects }: HeartbeatRequest, answer: Answer | undefined, now: number): void {
    if (answer?.type !== 'heartbeat') return
    this.#count(Math.max(1, answer.instances), now)
    for (const name of objects) this.#toldAt.set(name, now)
    // The server has lost its memory: all are to be named again.
    if (!answer.full && answer.objects < this.#toldAt.size) this.#toldAt.clear()
  }

  /** The largest number holds for as long as one that is gone would have counted. */
  #count(instances: number, now: number): void {
    if (instances < this.fleetSize && now - this.#countedAt < this.#aliveMs) return
    this.fleetSize = instances
    this.#countedAt = now
  }

  forget(name: string): void {
    this.#toldAt.delete(name)
  }

  farewell(): HeartbeatRequest {
    return { type: 'heartbeat', instance: this.#instance, objects: [], leaving: true, aliveMs: this.#aliveMs }
  }
}
