import type { Reads } from './reads.ts'
import type { Replicas } from './replicas.ts'

export interface Result {
  /** Milliseconds, shortest first. */
  readonly latenciesMs: readonly number[]
  /** What the replicas had to do for a read, and how many of those were stopped before their end. */
  readonly reads: number
  readonly stopped: number
}

const everyMs = 5
const calls = 600

/** Two hundred reads a second, for three seconds. */
export async function load(
  reads: Reads,
  replicas: Replicas,
  wait: (ms: number) => Promise<unknown>,
): Promise<Result> {
  const { clock } = reads.pipeline
  const latenciesMs: number[] = []
  const ask = async (key: string): Promise<void> => {
    const begun = clock.now()
    await reads.valueOf(key)
    latenciesMs.push(clock.now() - begun)
  }
  for (let call = 0; call < calls; call++) {
    void ask(`key-${call}`)
    await wait(everyMs)
  }
  while (latenciesMs.length < calls) await wait(everyMs)
  latenciesMs.sort((a, b) => a - b)
  return { latenciesMs, reads: replicas.reads, stopped: replicas.stopped }
}

/** The latency that a share of the reads does not exceed. */
export function percentile({ latenciesMs }: Result, share: number): number {
  return latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? Number.NaN
}
