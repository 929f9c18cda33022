import type { Contestant } from './contestant.ts'
import { figuresOf } from './figures.ts'
import type { Figure } from './figures.ts'

type Start = (subject: string) => Promise<Contestant>

/** New processes so many times: one that the optimiser treats badly for good is outvoted. */
const batches = 3
const sliceMs = 200
const warmUp = { requests: 10_000, mostMs: 3_000, firstRequests: 100 }

/**
 * Figures of subjects side by side. In each round each of them has some 200 ms of requests, in an order that moves
 * on by one each round: a neighbour on the machine then slows all of them alike.
 */
export async function benchGroup(
  subjects: readonly string[],
  start: Start,
  rounds: number,
): Promise<readonly Figure[]> {
  const measured = new Map<string, number[]>(subjects.map((subject) => [subject, []]))
  for (let batch = 0; batch < batches; batch++) {
    await benchBatch(measured, start, Math.ceil(rounds / batches))
  }
  return figuresOf(measured)
}

async function benchBatch(
  measured: ReadonlyMap<string, number[]>,
  start: Start,
  rounds: number,
): Promise<void> {
  const contestants: Contestant[] = []
  try {
    const slices: Slice[] = []
    for (const [subject, times] of measured) {
      const contestant = await start(subject)
      contestants.push(contestant)
      slices.push({ contestant, times, requests: await requestsInSlice(contestant) })
    }
    for (let round = 0; round < rounds; round++) {
      for (let place = 0; place < slices.length; place++) {
        await measure(slices[(round + place) % slices.length] as Slice)
      }
    }
  } finally {
    for (const each of contestants) each.end()
  }
}

interface Slice {
  readonly contestant: Contestant
  readonly requests: number
  /** Microseconds of processor time for a request. */
  readonly times: number[]
}

async function measure({ contestant, requests, times }: Slice): Promise<void> {
  times.push((await contestant.run(requests)) / requests)
}

/** Asks until optimised code has come, and so learns how many requests fit into a slice. */
async function requestsInSlice(contestant: Contestant): Promise<number> {
  const begun = performance.now()
  let requests = warmUp.firstRequests
  for (let made = 0; made < warmUp.requests && performance.now() - begun < warmUp.mostMs; made += requests) {
    const start = performance.now()
    await contestant.run(requests)
    requests = Math.max(warmUp.firstRequests, Math.round((requests * sliceMs) / (performance.now() - start)))
  }
  return requests
}
