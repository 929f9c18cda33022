import { sleep } from '@holdfast/core'
import type { Call } from '@holdfast/core'

const connections = 10
const queryMs = 20

/** What all tenants have in common. It is slower for all of them when it has more to do than it has connections. */
export class Database {
  #running = 0

  async report(call: Call): Promise<string> {
    this.#running++
    try {
      await sleep(call, queryMs * Math.max(1, this.#running / connections))
    } finally {
      this.#running--
    }
    if (call.key === 'broken') throw new Error('a table is missing')
    return `report of ${call.key}`
  }
}
