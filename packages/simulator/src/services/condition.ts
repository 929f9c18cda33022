import { drawFrom } from '@holdfast/faults'
import type { ServiceInjection } from '../injection.ts'
import type { Service } from '../scenario.ts'

type Fault<Kind extends ServiceInjection['kind']> = Extract<ServiceInjection, { readonly kind: Kind }>

/** The state that a replica is in: what its service is like, and what has been done to it. */
export class Condition {
  readonly #service: Service
  readonly #random: () => number
  readonly #draw: () => number
  /** What is the matter, each with how to draw how long it makes work take; the newest of a kind holds. */
  readonly #faults = new Map<ServiceInjection, () => number>()
  #upSince = -Infinity

  constructor(service: Service, random: () => number) {
    this.#service = service
    this.#random = random
    this.#draw = drawFrom(service.serviceMs, random)
  }

  set(fault: ServiceInjection, on: boolean, now: number): void {
    const wasDown = this.is('down')
    if (on) this.#faults.set(fault, this.#durationUnder(fault))
    else this.#faults.delete(fault)
    if (wasDown && !this.is('down')) this.#upSince = now
  }

  is(kind: 'down' | 'hang'): boolean {
    return this.#newest(kind) !== undefined
  }

  get workers(): number {
    return this.#newest('capacity')?.workers ?? this.#service.workers ?? Infinity
  }

  /** How long the next piece of work takes, and whether it fails. */
  work(now: number): { readonly ms: number; readonly fails: boolean } {
    const errors = this.#newest('errors')
    const fails = errors !== undefined && this.#random() < errors.ratio
    const draw = fails ? this.#faults.get(errors) : undefined
    const slow = this.#newest('slow')
    const usualMs = (draw ?? this.#draw)() * this.#coldFactor(now)
    if (slow === undefined) return { ms: usualMs, fails }
    return { ms: usualMs * (slow.factor ?? 1) + (this.#faults.get(slow)?.() ?? 0), fails }
  }

  #coldFactor(now: number): number {
    const { cold } = this.#service
    if (cold === undefined) return 1
    const left = 1 - (now - this.#upSince) / cold.durationMs
    return left <= 0 ? 1 : 1 + (cold.factor - 1) * left
  }

  #durationUnder(fault: ServiceInjection): () => number {
    if (fault.kind === 'slow') return drawFrom(fault.addMs ?? 0, this.#random)
    if (fault.kind === 'errors' && fault.serviceMs !== undefined)
      return drawFrom(fault.serviceMs, this.#random)
    return this.#draw
  }

  #newest<Kind extends ServiceInjection['kind']>(kind: Kind): Fault<Kind> | undefined {
    let newest: ServiceInjection | undefined
    for (const fault of this.#faults.keys()) if (fault.kind === kind) newest = fault
    // Its kind has just been looked at.
    return newest as Fault<Kind> | undefined
  }
}
