import type { VirtualClock } from '@holdfast/testing'
import type { Alarm, Clock } from '../clock.ts'
import type { Request } from './protocol/request.ts'
import type { MemoryServer } from './memory-server.ts'
import type { Answer, Store, StoreFailure, StoreListener } from './store.ts'

/** The clock of one process among several on one machine: while the process is stopped, nothing rings. */
export class ProcessClock implements Clock {
  readonly #clock: VirtualClock
  #waiting: (() => void)[] | undefined

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  wallTime(): number {
    return this.#clock.wallTime()
  }

  alarm(wake: () => void): Alarm {
    let set = 0
    const alarm = this.#clock.alarm(() => {
      const ringing = ++set
      // One that is set to another moment, or cleared, while the process stands still does not ring for this one.
      void this.whenRunning().then(() => set === ringing && wake())
    })
    return {
      set: (at) => {
        set++
        alarm.set(at)
      },
      clear: () => {
        set++
        alarm.clear()
      },
    }
  }

  get stopped(): boolean {
    return this.#waiting !== undefined
  }

  stop(): void {
    this.#waiting ??= []
  }

  resume(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const go of waiting) go()
  }

  /** What the process does next, it does when it runs. */
  whenRunning(): Promise<void> {
    return this.#waiting === undefined
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting?.push(resolve))
  }

  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.alarm(resolve).set(this.#clock.now() + ms))
  }
}

/**
 * What becomes of a request while there is a connection: it is answered after a round trip, it is never sent, it gets lost,
 * its reply gets lost, or it arrives after the sender has given up.
 */
export type Fate = 'answered' | 'unsent' | 'lost' | 'reply lost' | 'late'

const timeoutMs = 250
const lateMs = 400

type RequestOf<Type> = Extract<Request, { readonly type: Type }>

/** One process's way to a server. */
export class Link implements Store {
  fate: Fate = 'answered'
  roundTripMs: number
  /** All that was asked, whatever became of it. */
  readonly sent: Request[] = []
  readonly #store: Store
  readonly #clock: ProcessClock
  #listener: StoreListener | undefined
  #cut = false

  constructor(server: MemoryServer, clock: ProcessClock, roundTripMs = 2) {
    this.#store = server.connect()
    this.#clock = clock
    this.roundTripMs = roundTripMs
  }

  open(listener: StoreListener): void {
    this.#listener = listener
    this.#store.open(listener)
  }

  /** Of what was asked, that of one type. */
  sentOf<Type extends Request['type']>(type: Type): readonly RequestOf<Type>[] {
    return this.sent.filter((request): request is RequestOf<Type> => request.type === type)
  }

  async send(requests: readonly Request[]): Promise<readonly Answer[]> {
    this.sent.push(...requests)
    const answers = await this.#carried(requests)
    await this.#clock.whenRunning()
    return answers
  }

  async #carried(requests: readonly Request[]): Promise<readonly Answer[]> {
    const { fate, roundTripMs } = this
    if (this.#cut || fate === 'unsent') return requests.map(() => failure('unreachable'))
    if (fate === 'late') void this.#clock.after(lateMs).then(() => this.#store.send(requests))
    if (fate === 'lost' || fate === 'late') return this.#timeout(requests)
    await this.#clock.after(roundTripMs / 2)
    const answers = this.#store.send(requests)
    if (fate === 'reply lost') return this.#timeout(requests)
    await this.#clock.after(roundTripMs / 2)
    return answers
  }

  async #timeout(requests: readonly Request[]): Promise<readonly Answer[]> {
    await this.#clock.after(timeoutMs)
    return requests.map(() => failure('timeout'))
  }

  /** Breaks the connection. */
  cut(): void {
    if (this.#cut) return
    this.#cut = true
    this.#listener?.disconnected(failure('unreachable'))
  }

  /** Makes it again where it is broken; from now on requests are answered. */
  heal(): void {
    this.fate = 'answered'
    if (!this.#cut) return
    this.#cut = false
    this.#listener?.connected()
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

function failure(reason: 'unreachable' | 'timeout'): StoreFailure {
  return { type: 'failure', reason, message: reason }
}
