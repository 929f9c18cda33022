import type { FleetOverride } from '../share/fleet-override.ts'
import type { SharedBreaker } from '../share/shared-breaker.ts'
import type { Override } from './override.ts'

/** What operators say of a breaker: in this process, and of all instances. */
export class Overrides {
  /** Whether nothing is said of the whole breaker, as far as one has looked. */
  none = true
  #own: Override | undefined
  /** What the fleet knows by the breaker's own name: what is said of it binds the circuits of all endpoints. */
  #root: SharedBreaker | undefined

  follow(root: SharedBreaker | undefined, now: number): void {
    this.#root = root
    this.look(now)
  }

  /** What is said in this process; that comes before what is said of all. */
  get own(): Override | undefined {
    return this.#own
  }

  set(override: Override | undefined, now: number): void {
    this.#own = override
    this.look(now)
  }

  look(now: number): void {
    this.none = this.#own === undefined && this.#root?.override(now) === undefined
  }

  ofFleet(fleet: SharedBreaker | undefined, now: number): FleetOverride | undefined {
    return fleet?.override(now) ?? this.#root?.override(now)
  }
}
