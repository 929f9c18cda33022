import { setTimeout as wait } from 'node:timers/promises'

const connections = 5
const queryMs = 50

/** Answers a hundred queries a second. With more at once than it has connections, each of them takes longer. */
export class Database {
  #running = 0

  async stock(signal?: AbortSignal): Promise<{ readonly stock: number }> {
    this.#running++
    try {
      await wait(queryMs * Math.max(1, this.#running / connections), undefined, { signal })
      return { stock: 42 }
    } finally {
      this.#running--
    }
  }
}
