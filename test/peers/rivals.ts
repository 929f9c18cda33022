import { setImmediate as turn } from 'node:timers/promises'
import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { vi } from 'vitest'

export const boom: Error = new Error('boom')
export const never = (): Promise<never> => new Promise(() => {})

/** Moves the time of both: a peer reads Node's timers, which are replaced here; ours is a virtual clock. */
export class BothTimes implements Disposable {
  readonly clock: VirtualClock = new VirtualClock()

  constructor() {
    vi.useFakeTimers({
      now: 0,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    })
  }

  async advance(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
    await this.clock.advance(ms)
  }

  [Symbol.dispose](): void {
    vi.useRealTimers()
  }
}

/** What the operation does in each run. */
export type Plan = readonly boolean[]

/** An operation that fails where the plan says false, answers with 1 elsewhere, and counts its runs. */
export function planned(plan: Plan): { readonly run: () => Promise<number>; readonly runs: () => number } {
  let runs = 0
  return { run: async () => (plan[runs++] === false ? Promise.reject(boom) : 1), runs: () => runs }
}

/** How a call ended, in words that hold for every library. */
export async function ending(promise: Promise<unknown>): Promise<string> {
  try {
    return `value ${String(await promise)}`
  } catch (error) {
    return error === boom ? 'boom' : 'refused'
  }
}

/** How it has ended by now, all that promises have to do being done. */
export function endingNow(ended: Promise<string>): Promise<string> {
  return Promise.race([ended, turn('has not ended')])
}

export const plans: fc.Arbitrary<Plan> = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })

/** A call that succeeds or fails, or a wait about as long as `aroundMs`. */
export type Step = { readonly succeeds: boolean } | { readonly waitMs: number }

export function histories(aroundMs: number): fc.Arbitrary<readonly Step[]> {
  const call = fc.record({ succeeds: fc.boolean() })
  const wait = fc.record({ waitMs: fc.constantFrom(1, aroundMs - 1, aroundMs, aroundMs + 1) })
  return fc.array(fc.oneof({ weight: 3, arbitrary: call }, { weight: 1, arbitrary: wait }), {
    minLength: 1,
    maxLength: 25,
  })
}

/** An operation whose runs are ended by number, each library's own. */
export class Held {
  readonly #answers = new Map<number, () => void>()
  /** The numbers of the runs, in the order in which they began. */
  readonly began: number[] = []

  run(id: number): Promise<number> {
    this.began.push(id)
    return new Promise((resolve) => this.#answers.set(id, () => resolve(id)))
  }

  get running(): readonly number[] {
    return [...this.#answers.keys()]
  }

  end(id: number): void {
    this.#answers.get(id)?.()
    this.#answers.delete(id)
  }
}
