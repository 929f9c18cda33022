import { sleep } from '@holdfast/core'
import type { Call } from '@holdfast/core'

export type Health = 'healthy' | 'fails now and then' | 'hangs' | 'down'

export interface Stock {
  readonly sku: string
  readonly pieces: number | 'unknown'
}

/** The other service. It would be at the far end of a connection; here it does what the story says. */
export class Warehouse {
  health: Health = 'healthy'
  asked = 0

  async stockOf(sku: string, call: Call): Promise<Stock> {
    this.asked++
    // In a service: fetch(url, { signal: call.signal }).
    await sleep(call, this.health === 'hangs' ? 60_000 : 5)
    const fails = this.health === 'down' || (this.health === 'fails now and then' && this.asked % 4 === 0)
    if (fails) throw new Error('connection reset')
    return { sku, pieces: 42 }
  }
}
