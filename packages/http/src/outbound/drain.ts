import { Timer, wheelOf } from '@holdfast/core'
import type { Clock } from '@holdfast/core'

const maximumBytes = 65_536
const maximumMs = 1_000

/** How much is read of an answer that nobody wants before its connection is given up: 64 KiB, for a second. */
export class DrainLimit {
  readonly #patience: Patience
  #bytes = 0

  /** Calls `giveUp` once where that is reached before the end. */
  constructor(clock: Clock, giveUp: () => void) {
    this.#patience = new Patience(giveUp)
    const now = clock.now()
    wheelOf(clock).add(this.#patience, now + maximumMs, now)
  }

  read(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > maximumBytes) this.#patience.lose()
  }

  /** Everything was read. */
  end(): void {
    this.#patience.cancel()
  }
}

class Patience extends Timer {
  #giveUp: (() => void) | undefined

  constructor(giveUp: () => void) {
    super()
    this.#giveUp = giveUp
  }

  override fire(): void {
    this.lose()
  }

  lose(): void {
    this.cancel()
    this.#giveUp?.()
    this.#giveUp = undefined
  }
}

/** Reads what nobody wants of a body, so that its connection can be used again, as far as the limit goes. */
export async function drain(body: ReadableStream<Uint8Array> | null, clock: Clock): Promise<void> {
  if (body === null) return
  const reader = body.getReader()
  const limit = new DrainLimit(clock, () => void reader.cancel().catch(() => {}))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      limit.read(value.byteLength)
    }
  } finally {
    limit.end()
  }
}
