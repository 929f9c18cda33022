import { setTimeout as delay } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Default 15 000. */
  readonly withinMs?: number
  /** Default 20. */
  readonly everyMs?: number
}

/**
 * Asks until `attempt` gives a value that is neither undefined nor false, and returns it. An error counts as "not yet".
 * Rejects with what was awaited, and with the last error as cause, when the time is over.
 */
export async function eventually<T>(
  awaited: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 15_000, everyMs = 20 }: EventuallyOptions = {},
): Promise<T> {
  const end = performance.now() + withinMs
  let cause: unknown
  while (performance.now() < end) {
    try {
      const value = await attempt()
      if (value !== undefined && value !== false) return value
      cause = undefined
    } catch (error) {
      cause = error
    }
    await delay(everyMs)
  }
  throw new Error(`within ${withinMs} ms it did not happen that ${awaited}`, { cause })
}
