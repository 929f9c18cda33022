import { createHook } from 'node:async_hooks'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { median } from './report.ts'
import type { Caller } from './subject.ts'

export type Figures = Readonly<Record<string, number>>

const group = 500
const answersAtOnce = async (): Promise<number> => 1

/** Timers and abort controllers made by calls that settle first. Watching begins before the library is loaded. */
export async function made(load: () => Promise<Caller>, count: number): Promise<Figures> {
  let timers = 0
  let controllers = 0
  const Controller = globalThis.AbortController
  globalThis.AbortController = class extends Controller {
    constructor() {
      super()
      controllers++
    }
  }
  createHook({
    init(_id, type) {
      if (type === 'Timeout') timers++
    },
  }).enable()
  const call = await load()
  for (let each = 0; each < 100; each++) await call(answersAtOnce)
  timers = 0
  controllers = 0
  for (let each = 0; each < count; each++) await call(answersAtOnce)
  return { 'timers a call': timers / count, 'controllers a call': controllers / count }
}

/** Calls that all wait at once for their operation, which is then answered; the median of some runs. */
export async function pending(call: Caller, count: number): Promise<Figures> {
  for (let warmUp = 0; warmUp < 5; warmUp++) await pendingOnce(call, 2_000)
  const runs: Figures[] = []
  for (let run = 0; run < 3; run++) runs.push(await pendingOnce(call, count))
  const names = Object.keys(runs[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? Number.NaN))]))
}

async function pendingOnce(call: Caller, count: number): Promise<Figures> {
  const answers: ((value: unknown) => void)[] = []
  const promises: Promise<unknown>[] = []
  const operation = (): Promise<unknown> => new Promise((resolve) => answers.push(resolve))
  const timersBefore = activeTimers()
  const bytesBefore = usedBytes()
  const start = performance.now()
  for (let each = 0; each < count; each++) promises.push(call(operation))
  await turn()
  const startMs = performance.now() - start
  if (answers.length !== count) throw new Error(`${answers.length} of ${count} calls are pending`)
  const bytes = usedBytes() - bytesBefore
  const settling = performance.now()
  for (const answer of answers) answer(1)
  await Promise.all(promises)
  const settleMs = performance.now() - settling
  return {
    'start ns': (startMs / count) * 1e6,
    'settle ns': (settleMs / count) * 1e6,
    'bytes held': bytes / count,
    'timers left': activeTimers() - timersBefore,
  }
}

/** Starts calls in groups, one group a turn of the event loop, and answers them in the same way. */
export async function inFlight(call: Caller, count: number): Promise<Figures> {
  for (let warmUp = 0; warmUp < 5; warmUp++) await fly(call, 2_000)
  globalThis.gc?.()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const memory = process.memoryUsage().rss
  delay.enable()
  const start = performance.now()
  await fly(call, count)
  const seconds = (performance.now() - start) / 1_000
  delay.disable()
  return {
    'calls/s': count / seconds,
    'peak MB': (process.resourceUsage().maxRSS * 1_024 - memory) / 2 ** 20,
    'loop delay p99 ms': delay.percentile(99) / 1e6,
    'loop delay max ms': delay.max / 1e6,
  }
}

async function fly(call: Caller, count: number): Promise<void> {
  const answers: ((value: unknown) => void)[] = []
  const promises: Promise<unknown>[] = []
  const operation = (): Promise<unknown> => new Promise((resolve) => answers.push(resolve))
  while (promises.length < count) {
    for (let each = 0; each < group; each++) promises.push(call(operation))
    await turn()
  }
  if (answers.length !== count) throw new Error(`${answers.length} of ${count} calls are in flight`)
  for (let answered = 0; answered < count; ) {
    for (let each = 0; each < group; each++) answers[answered++]?.(1)
    await turn()
  }
  await Promise.all(promises)
}

/** Each key is called once, which makes its breaker and uses it; then all of them in turn, some times. */
export async function keys(call: Caller, count: number): Promise<Figures> {
  const names = Array.from({ length: count }, (_, index) => `tenant-${index}`)
  const before = usedBytes()
  for (const key of names) await call(answersAtOnce, key)
  const bytes = usedBytes() - before
  const passes: number[] = []
  for (let pass = 0; pass < 5; pass++) {
    const start = performance.now()
    for (const key of names) await call(answersAtOnce, key)
    passes.push(((performance.now() - start) / count) * 1e6)
  }
  await sleep(1_500)
  const cpu = process.cpuUsage()
  const idle = performance.now()
  await sleep(1_500)
  const { user, system } = process.cpuUsage(cpu)
  return {
    'bytes each': bytes / count,
    'ns in turn': median(passes),
    'idle CPU %': (user + system) / (performance.now() - idle) / 10,
  }
}

function usedBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length
}
