import type { HeartbeatRequest } from './protocol/heartbeat.ts'
import type { Answer } from './store.ts'

/** A name is told again after so long, in milliseconds. */
const renameMs = 24 * 60 * 60 * 1_000

/** What an instance says of itself now and then: that it is there, and what it shares. */
export class Presence {
  readonly #instance: string
  readonly #aliveMs: number
  /** When the server was last told of each object. */
  readonly #toldAt = new Map<string, number>()

  /** The sizes heard, of late, each of them larger than all after it. */
  #heard: readonly { readonly size: number; readonly at: number }[]

  /** An instance that says nothing for `aliveMs` is taken to be gone. `expected`: how large the fleet is until it is heard. */
  constructor(instance: string, aliveMs: number, expected: number) {
    this.#instance = instance
    this.#aliveMs = aliveMs
    this.#heard = [{ size: expected, at: -Infinity }]
  }

  /**
   * The largest that was heard of late: a server that has lost its memory counts from one again, and whoever goes by that
   * takes a limit for its own.
   */
  get fleetSize(): number {
    return this.#heard[0]?.size ?? 1
  }

  heartbeat(names: Iterable<string>, now: number): HeartbeatRequest {
    const objects = [...names].filter((name) => now - (this.#toldAt.get(name) ?? -Infinity) > renameMs)
    return { type: 'heartbeat', instance: this.#instance, objects, leaving: false, aliveMs: this.#aliveMs }
  }

  heard({ objects }: HeartbeatRequest, answer: Answer | undefined, now: number): void {
    if (answer?.type !== 'heartbeat') return
    const size = Math.max(1, answer.instances)
    const left = this.#heard.filter((each) => each.size > size && now - each.at < this.#aliveMs)
    this.#heard = [...left, { size, at: now }]
    for (const name of objects) this.#toldAt.set(name, now)
    // The server has lost its memory: all are to be named again.
    if (!answer.full && answer.objects < this.#toldAt.size) this.#toldAt.clear()
  }

  forget(name: string): void {
    this.#toldAt.delete(name)
  }

  farewell(): HeartbeatRequest {
    return { type: 'heartbeat', instance: this.#instance, objects: [], leaving: true, aliveMs: this.#aliveMs }
  }
}
