import { once } from 'node:events'
import { bulkhead, circuitBreaker, pipeline, rateLimit, retry } from '@holdfast/core'
import type { Pipeline, Share } from '@holdfast/core'

/** Puts a share to use: calls through all parts that share. */
export function useOf(share: Share): Pipeline {
  const parts = [retry(), circuitBreaker(), rateLimit({ limit: 1_000 }), bulkhead({ limit: 100 })]
  const guarded = pipeline('inventory', parts, { share })
  share.on(({ type }) => console.log(type))
  return guarded
}

/** Calls, says what came of it, and goes on when it is told to. */
export async function callUntilTold(share: Share, guarded: Pipeline): Promise<void> {
  const known = await share.ready({ timeoutMs: 300 })
  console.log(known ? 'ready' : 'not ready', await guarded.execute(() => 'called'))
  await once(process.stdin, 'data')
  process.stdin.destroy()
  await guarded.execute(() => 'called')
}

/** Says when the process ends, counted from now. Nothing must keep it alive. */
export function sayWhenOver(begunAt: number, stoppedAt: number): void {
  const of = (at: number): number => Math.round(at - begunAt)
  process.once('exit', () =>
    console.log(JSON.stringify({ stopMs: of(stoppedAt), leftMs: of(performance.now()) })),
  )
}
