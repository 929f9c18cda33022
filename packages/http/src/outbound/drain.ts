import { Timer, wheelOf } from '@holdfast/core'
import type { Clock } from '@holdfast/core'

const maximumBytes = 65_536
const maximumMs = 1_000

/**
 * Reads what nobody wants of a body, so that its connection can be used again. After 64 KiB or a second it gives up the
 * connection instead.
 */
export async function drain(body: ReadableStream<Uint8Array> | null, clock: Clock): Promise<void> {
  if (body === null) return
  const reader = body.getReader()
  const patience = new Patience(() => void reader.cancel().catch(() => {}))
  const now = clock.now()
  wheelOf(clock).add(patience, now + maximumMs, now)
  try {
    for (let bytes = 0; bytes <= maximumBytes; ) {
      const { done, value } = await reader.read()
      if (done) return
      bytes += value.byteLength
    }
    await reader.cancel()
  } finally {
    patience.cancel()
  }
}

class Patience extends Timer {
  readonly #end: () => void

  constructor(end: () => void) {
    super()
    this.#end = end
  }

  override fire(): void {
    this.#end()
  }
}
