import type { FastifyInstance } from 'fastify'

/** Where one plugin has been registered, so that no request meets it twice. */
export class Registrations {
  readonly #instances = new WeakSet<object>()

  /** False where it is registered already. */
  add(instance: FastifyInstance): boolean {
    if (this.#instances.has(instance)) return false
    this.#instances.add(instance)
    return true
  }

  /** Whether an instance around this one has it too: only known when all have been registered. */
  isInside(instance: FastifyInstance): boolean {
    let around: object | null = Object.getPrototypeOf(instance)
    while (around !== null && !this.#instances.has(around)) around = Object.getPrototypeOf(around)
    return around !== null
  }
}
