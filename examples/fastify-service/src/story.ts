import { setTimeout as wait } from 'node:timers/promises'
import type { Warehouse } from './warehouse.ts'

export interface Chapter {
  readonly did: string
  /** Statuses, or why there is none. */
  readonly heard: string
  /** What the warehouse had to do for it, and how often it was told to stop. */
  readonly asked: number
  readonly stopped: number
}

/** What a client does to the service at `url`, and what became of it. */
export async function story(url: string, warehouse: Warehouse): Promise<readonly Chapter[]> {
  const chapters: Chapter[] = []
  const tell = async (did: string, takesMs: number, ask: () => Promise<string>): Promise<void> => {
    const { asked, stopped } = warehouse
    warehouse.takesMs = takesMs
    const heard = await ask()
    // The service hears of a client that leaves a moment later.
    while (warehouse.running > 0) await wait(5)
    chapters.push({ did, heard, asked: warehouse.asked - asked, stopped: warehouse.stopped - stopped })
  }
  const stock = (): Promise<string> => answer(`${url}/stock`)
  const order = (): Promise<string> => answer(`${url}/orders`, { method: 'POST' })
  await tell('GET /stock', 5, stock)
  await tell('GET /stock, the warehouse hangs', 60_000, stock)
  await tell('GET /stock, the client leaves', 60_000, () =>
    answer(`${url}/stock`, { signal: AbortSignal.timeout(50) }),
  )
  await tell('5 x GET /stock, all at once', 100, () => together(stock, stock, stock, stock, stock))
  await tell('GET /version, when it is full', 100, () =>
    together(stock, stock, stock, stock, () => answer(`${url}/version`)),
  )
  await tell('3 x POST /orders', 5, async () => `${await order()} ${await order()} ${await order()}`)
  return chapters
}

async function answer(url: string, options?: RequestInit): Promise<string> {
  try {
    const response = await fetch(url, options)
    await response.arrayBuffer()
    return String(response.status)
  } catch {
    return 'gone'
  }
}

/** The last one is asked when the others are under way. */
async function together(...asks: readonly (() => Promise<string>)[]): Promise<string> {
  const answers = asks.slice(0, -1).map((ask) => ask())
  await wait(30)
  answers.push((asks.at(-1) as () => Promise<string>)())
  return (await Promise.all(answers)).join(' ')
}
