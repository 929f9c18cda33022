import { BulkheadFullError } from '../index.ts'
import type { Guard } from '../index.ts'

interface Ticket {
  readonly since: number
  readonly running: number
}

/** Netflix's Gradient2 with its own defaults (concurrency-limits, `Gradient2Limit.java`), to compare with. */
export function gradient2(): Guard {
  let limit = 20
  let running = 0
  let windows = 0
  let longMs = 0
  let until = 0
  let totalMs = 0
  let calls = 0
  let peak = 0
  const step = (shortMs: number): void => {
    windows++
    longMs = windows <= 10 ? longMs + (shortMs - longMs) / windows : longMs + (shortMs - longMs) * (2 / 601)
    if (longMs / shortMs > 2) longMs *= 0.95
    if (peak < limit / 2) return
    const gradient = Math.max(0.5, Math.min(1, (1.5 * longMs) / shortMs))
    limit = Math.max(20, Math.min(200, limit * 0.8 + (limit * gradient + 4) * 0.2))
  }
  return {
    kind: 'gradient2',
    name: 'gradient2',
    admit(_call, now) {
      if (running >= Math.floor(limit)) return new BulkheadFullError('full', { policy: 'gradient2' })
      return { since: now, running: ++running }
    },
    settle(ticket, _ending, now) {
      const call = ticket as Ticket
      running--
      totalMs += now - call.since
      calls++
      peak = Math.max(peak, call.running)
      if (now < until || calls < 10) return
      step(totalMs / calls)
      totalMs = calls = peak = 0
      until = now + 1_000
    },
  }
}
