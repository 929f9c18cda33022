import { circuitBreaker, keyed, pipeline } from '@holdfast/core'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { Figures, Message } from './cases.ts'
import { subjects } from './subjects.ts'
import type { Caller } from './subjects.ts'

/** One subject in a process of its own: measures what it is told over IPC. */
const name = process.argv[2] ?? 'bare'
const subject = subjects[name] ?? {}
const made = new Map<string, Caller>()
const operation = async (): Promise<number> => 1
const collect = (): void => globalThis.gc?.()

function caller(caseName: string): Caller | undefined {
  const known = made.get(caseName) ?? (name === 'bare' ? () => operation() : subject[caseName]?.())
  if (known !== undefined) made.set(caseName, known)
  return known
}

async function repeat(call: Caller, calls: number): Promise<number> {
  const start = performance.now()
  for (let each = 0; each < calls; each++) await call(operation)
  return performance.now() - start
}

async function nanoseconds(call: Caller, calls: number): Promise<Figures> {
  await repeat(call, Math.ceil(calls / 5))
  return { ns: ((await repeat(call, calls)) / calls) * 1e6 }
}

async function bytes(call: Caller, calls: number): Promise<Figures> {
  await repeat(call, calls)
  collect()
  const before = process.memoryUsage().heapUsed
  const some = Math.min(calls, 10_000)
  await repeat(call, some)
  return { bytes: (process.memoryUsage().heapUsed - before) / some }
}

/** Starts `count` calls in groups, a group a turn, and answers them in the same way. */
async function inFlight(call: Caller, count: number): Promise<Figures> {
  const group = 500
  const answers: ((value: unknown) => void)[] = []
  const pending: Promise<unknown>[] = []
  const delay = monitorEventLoopDelay({ resolution: 1 })
  collect()
  const memory = process.memoryUsage().rss
  delay.enable()
  const start = performance.now()
  while (pending.length < count) {
    for (let each = 0; each < group; each++) {
      pending.push(call(() => new Promise((resolve) => answers.push(resolve))))
    }
    await turn()
  }
  const startMs = performance.now() - start
  const peak = process.memoryUsage().rss
  for (let answered = 0; answered < answers.length; ) {
    for (let each = 0; each < group; each++) answers[answered++]?.(1)
    await turn()
  }
  await Promise.all(pending)
  const seconds = (performance.now() - start) / 1_000
  delay.disable()
  return {
    'calls/s': count / seconds,
    'start ns/call': (startMs / count) * 1e6,
    'peak MB': (peak - memory) / 2 ** 20,
    'loop p99 ms': delay.percentile(99) / 1e6,
  }
}

async function keys(count: number): Promise<Figures> {
  if (name !== 'holdfast') return undefined
  const names = Array.from({ length: count }, (_, index) => `tenant-${index}`)
  collect()
  const before = process.memoryUsage()
  const guarded = pipeline('bench', [keyed(() => [circuitBreaker()], { maximum: count, idleMs: 1e9 })])
  for (const key of names) await guarded.execute(operation, { key })
  collect()
  const after = process.memoryUsage()
  const start = performance.now()
  for (const key of names) await guarded.execute(operation, { key })
  const ns = ((performance.now() - start) / count) * 1e6
  const used = after.heapUsed + after.external - before.heapUsed - before.external
  return { 'bytes/key': used / count, 'ns/call': ns }
}

async function measure({ kind, name: caseName, calls }: Message): Promise<Figures> {
  if (caseName === '100 000 keys') return keys(100_000)
  const call = caller(kind === 'scale' ? 'stack of five' : caseName)
  if (call === undefined) return undefined
  if (kind === 'ns') return nanoseconds(call, calls)
  if (kind === 'bytes') return bytes(call, calls)
  if (name === 'p-*' || (name === 'cockatiel' && caseName === '100 000 in flight')) return undefined
  return inFlight(call, caseName === '10 000 pending' ? 10_000 : 100_000)
}

process.on('message', (message: Message) => {
  void measure(message).then((figures) => process.send?.(figures ?? {}))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
