import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import type { Health, StockService } from './service.ts'

/** What became of the requests while the primary was in one state. */
export interface Chapter {
  readonly health: Health
  /** How many requests each of the two answered; the others failed. */
  readonly answered: Readonly<Record<string, number>>
  readonly failed: number
  /** How often the primary was asked. */
  readonly asked: number
  readonly slowestMs: number
}

const requestsEach = 20
const everyMs = 20

/** The primary falls ill in several ways and recovers; all the while somebody asks for the stock. */
export const healths: readonly Health[] = ['well', 'busy', 'resets', 'silent', 'well']

/** `origin`: of the primary, which stands for both. */
export async function chapter(
  health: Health,
  dispatcher: Dispatcher,
  origin: string,
  primary: StockService,
): Promise<Chapter> {
  primary.health = health
  const askedBefore = primary.asked
  const answered: Record<string, number> = {}
  let [failed, slowestMs] = [0, 0]
  for (let each = 0; each < requestsEach; each++) {
    const begun = performance.now()
    try {
      const { statusCode, body } = await dispatcher.request({ origin, path: '/items', method: 'GET' })
      const who = (await body.text()).replace('stock of ', '')
      if (statusCode === 200) answered[who] = (answered[who] ?? 0) + 1
      else failed++
    } catch {
      failed++
    }
    slowestMs = Math.max(slowestMs, performance.now() - begun)
    await wait(everyMs)
  }
  return { health, answered, failed, asked: primary.asked - askedBefore, slowestMs }
}
