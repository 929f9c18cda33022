import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { nameOf } from './job.ts'
import type { Job, Result } from './job.ts'

/** Plays all jobs, on all processors, in no order; returns what came of each by its name. */
export async function playAll(
  jobs: readonly Job[],
  done: (name: string) => void = () => undefined,
): Promise<ReadonlyMap<string, Result>> {
  const queue = [...jobs]
  const results = new Map<string, Result>()
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    try {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        results.set(nameOf(job), await answerOf(worker, job))
        done(nameOf(job))
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work))
  return results
}

async function answerOf(worker: Worker, job: Job): Promise<Result> {
  // Rejects where the worker fails.
  const answer = once(worker, 'message')
  worker.postMessage(job)
  const [result] = (await answer) as [Result]
  return result
}
