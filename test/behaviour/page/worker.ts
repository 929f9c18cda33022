import { parentPort } from 'node:worker_threads'
import { play } from './job.ts'
import type { Job } from './job.ts'

/** Plays one job after the other: libraries that read the machine's clock are given that of one run at a time. */
parentPort?.on('message', (job: Job) => {
  void play(job).then((result) => parentPort?.postMessage(result))
})
