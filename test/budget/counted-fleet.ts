import { memoryServer, pipeline, share } from '@holdfast/core'
import type { MemoryServer, Part, Pipeline, Share, Store } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { seededRandom, VirtualClock } from '@holdfast/testing'

const stepMs = 10

/** A fleet in virtual time whose requests are counted: each is one command that a client of Redis sends. */
export class CountedFleet {
  readonly clock: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly #pipelines: readonly Pipeline[]
  #sent = 0
  readonly #shares: readonly Share[]
  readonly #random: () => number = seededRandom(7)

  constructor(instances: number, parts: () => readonly Part[]) {
    const { clock } = this
    const server = memoryServer(clock)
    this.#shares = Array.from({ length: instances }, (_, index) =>
      share(this.#counted(server), { clock, random: seededRandom(index + 1) }),
    )
    this.#pipelines = this.#shares.map((each, index) =>
      pipeline('budget', parts(), { clock, random: seededRandom(1_000 + index), share: each }),
    )
  }

  #counted(server: MemoryServer): Store {
    const store = server.connect()
    const send = (requests: readonly Request[]): ReturnType<Store['send']> => {
      this.#sent += requests.length
      return store.send(requests)
    }
    return { open: (listener) => store.open(listener), send, close: () => store.close() }
  }

  get fleetSize(): number {
    return this.#shares[0]?.fleetSize ?? 0
  }

  /** Each instance calls once every ten milliseconds, and a share of that fails. How many calls and commands that was. */
  async play(ms: number, failing = 0): Promise<{ calls: number; commands: number }> {
    const before = this.#sent
    let calls = 0
    for (let passed = 0; passed < ms; passed += stepMs) {
      for (const each of this.#pipelines) {
        calls++
        const fails = this.#random() < failing
        void each.executeOutcome(() => (fails ? Promise.reject(new Error('down')) : 1))
      }
      await this.clock.advance(stepMs)
    }
    return { calls, commands: this.#sent - before }
  }

  /** Nobody calls. How many commands that was. */
  async rest(ms: number): Promise<number> {
    const before = this.#sent
    await this.clock.advance(ms)
    return this.#sent - before
  }
}
