import type { Alarm, Clock } from '@holdfast/core'
import { EventQueue } from './event-queue.ts'
import type { Scheduled } from './event-queue.ts'

/** Taken once, so that somebody's fake timers do not stop it. */
const { setImmediate } = globalThis

/**
 * So many turns are asked for at once: each is one of its own, at whose end every promise job has run, but the host looks
 * at its files and timers, which takes longer than all else, only once for all.
 */
const turnsAtOnce = 32

/**
 * Virtual time for many things at once. What is due happens in order of time, and at the same time in the order in which
 * it was scheduled; between any two, everything that promises have to do is done.
 */
export class SimulationClock implements Clock {
  readonly #queue = new EventQueue()
  #now = 0

  now(): number {
    return this.#now
  }

  /** The calendar begins with the run, so that runs are alike. */
  wallTime(): number {
    return this.#now
  }

  alarm(wake: () => void): Alarm {
    let scheduled: Scheduled | undefined
    return {
      set: (at) => {
        scheduled?.cancel()
        scheduled = this.at(at, wake)
      },
      clear: () => scheduled?.cancel(),
    }
  }

  /** Lets `act` happen at a moment; at once, in its turn, where that has passed. What it throws ends the run. */
  at(at: number, act: () => void): Scheduled {
    return this.#queue.add(Math.max(at, this.#now), act)
  }

  /** Lets everything happen up to the moment `until`, or as long as `goesOn` says so. */
  run(until: number, goesOn: () => boolean = () => true): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = 0
      let isOver = false
      const end = (): void => {
        isOver = true
        resolve()
      }
      const turn = (): void => {
        left--
        if (isOver) return
        if (this.#queue.nextAt > until || !goesOn()) {
          if (this.#queue.nextAt > until && until < Infinity) this.#now = Math.max(this.#now, until)
          return end()
        }
        this.#now = this.#queue.nextAt
        try {
          this.#queue.take()?.()
        } catch (error) {
          isOver = true
          return reject(error)
        }
        if (left === 0) ask()
      }
      const ask = (): void => {
        left = turnsAtOnce
        for (let each = 0; each < turnsAtOnce; each++) setImmediate(turn)
      }
      ask()
    })
  }
}
