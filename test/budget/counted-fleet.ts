import { memoryServer, pipeline, share } from '@holdfast/core'
import type { MemoryServer, Part, Pipeline, Request, Share, Store } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testing'

/** How the dependency is: which share of the calls fails. */
export type Weather = () => number

const stepMs = 10

/** A fleet in virtual time whose requests are counted: each is one command that a client of Redis sends. */
export class CountedFleet {
  readonly clock: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly pipelines: readonly Pipeline[]
  /** How many of each kind have been sent. */
  readonly sent: Map<string, number> = new Map()
  readonly #shares: readonly Share[]
  readonly #random: () => number = seededRandom(7)

  constructor(instances: number, parts: () => readonly Part[]) {
    const { clock } = this
    const server = memoryServer(clock)
    this.#shares = Array.from({ length: instances }, (_, index) =>
      share(this.#counted(server), { clock, random: seededRandom(index + 1) }),
    )
    this.pipelines = this.#shares.map((each, index) =>
      pipeline('budget', parts(), { clock, random: seededRandom(1_000 + index), share: each }),
    )
  }

  #counted(server: MemoryServer): Store {
    const store = server.connect()
    const send = (requests: readonly Request[]): ReturnType<Store['send']> => {
      for (const { type } of requests) this.sent.set(type, (this.sent.get(type) ?? 0) + 1)
      return store.send(requests)
    }
    return { open: (listener) => store.open(listener), send, close: () => store.close() }
  }

  get total(): number {
    return [...this.sent.values()].reduce((sum, each) => sum + each, 0)
  }

  get fleetSize(): number {
    return this.#shares[0]?.fleetSize ?? 0
  }

  /** Each instance calls once every ten milliseconds. How many calls and commands that was. */
  async play(ms: number, weather: Weather = () => 0): Promise<{ calls: number; commands: number }> {
    const before = this.total
    let calls = 0
    for (let passed = 0; passed < ms; passed += stepMs) {
      for (const each of this.pipelines) {
        calls++
        const fails = this.#random() < weather()
        void each.executeOutcome(() => (fails ? Promise.reject(new Error('down')) : 1))
      }
      await this.clock.advance(stepMs)
    }
    return { calls, commands: this.total - before }
  }

  /** Nobody calls. How many commands that was. */
  async rest(ms: number): Promise<number> {
    const before = this.total
    await this.clock.advance(ms)
    return this.total - before
  }
}
