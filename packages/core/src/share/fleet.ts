import type { DeadlineWheel } from '../deadline-wheel.ts'
import type { Exchange } from './exchange.ts'
import type { Request } from './protocol/request.ts'
import type { Answer } from './store.ts'

/** What shared objects get from their share. */
export interface Fleet {
  /** This instance's own name in the fleet: random, and new with every start. */
  readonly instance: string
  /** How many instances there were when it was last heard, at least 1. */
  readonly size: number
  readonly isDown: boolean
  readonly now: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly wheel: DeadlineWheel
  /**
   * To be called before what was granted is used: drops it where the process has stood still. A last look is good for
   * `ageMs`.
   */
  watch(now: number, ageMs: number): void
  /** The exchange has become due, or due sooner. */
  wake(exchange: Exchange): void
  /** Its state has to be asked for. */
  inquire(exchange: Exchange): void
  /** Sends what a call waits for, at once. `answered` is called once, later. */
  ask(request: Request, answered: (answer: Answer) => void): void
  /** The exchange is used no longer. */
  forget(exchange: Exchange): void
}
