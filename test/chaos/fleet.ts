import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { CircuitBreakerOptions } from '@holdfast/core'
import type { RedisStoreOptions } from '@holdfast/redis'
import { onPath } from '../servers/program.ts'
import { entriesOf, now } from './entry.ts'
import type { Entry, EntryOf } from './entry.ts'
import type { Limits } from './limited-instance.ts'
import type { Counts, News, Order, ProcessPlan, Traffic } from './message.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface FleetPlan {
  readonly processes: number
  readonly instances: number
  /** Where an instance finds the server. */
  readonly store: (process: number, place: number) => RedisStoreOptions
  readonly circuit: CircuitBreakerOptions
  readonly traffic: Traffic
  /** Instead of a circuit. */
  readonly limits?: Limits
}

export type View = EntryOf<'applied'>

/** Processes with instances of one service, and all that they have told. */
export class Fleet implements AsyncDisposable {
  readonly size: number
  readonly processes: readonly ChildProcess[]
  entries: Entry[] = []
  /** The newest of each instance. */
  readonly views = new Map<string, View>()
  /** What an operator has said, by the instances that have heard it. */
  readonly overrides = new Map<string, EntryOf<'overridden'>>()
  counts: Counts = none
  inFlight: readonly number[] = []
  stopMs = 0
  /** Places of the processes that stand still. */
  readonly #asleep = new Set<number>()
  #number = 0
  #reported: ((index: number, number: number) => void) | undefined

  private constructor(plan: FleetPlan, processes: readonly ChildProcess[]) {
    this.size = plan.processes * plan.instances
    this.processes = processes
    for (const [index, child] of processes.entries()) {
      running.add(child)
      child.once('exit', () => running.delete(child))
      child.on('message', (news: News) => this.#hear(index, news))
    }
  }

  static async start(plan: FleetPlan): Promise<Fleet> {
    const setpriv = process.platform === 'linux' ? await onPath('setpriv') : undefined
    // setpriv becomes the process, which then ends with this one at the latest.
    const how =
      setpriv === undefined
        ? { execArgv: [] }
        : { execPath: setpriv, execArgv: ['--pdeathsig', 'KILL', process.execPath] }
    const processes = Array.from({ length: plan.processes }, (_, index) => {
      const stores = Array.from({ length: plan.instances }, (_each, place) => plan.store(index, place))
      const { circuit, traffic, limits } = plan
      const own: ProcessPlan = { index, stores, circuit, traffic, ...(limits && { limits }) }
      return fork(new URL('process.ts', import.meta.url), [JSON.stringify(own)], how)
    })
    return new Fleet(plan, processes)
  }

  #hear(index: number, news: News): void {
    if (news.type === 'reported') this.#reported?.(index, news.number)
    if (news.type === 'ended') this.stopMs = Math.max(this.stopMs, news.stopMs)
    if (news.type !== 'log') return
    for (const entry of news.entries) {
      this.entries.push(entry)
      if (entry.kind === 'applied') this.views.set(entry.instance, entry)
      if (entry.kind === 'overridden') this.overrides.set(entry.instance, entry)
    }
    this.counts = together(this.counts, news.counts)
    this.inFlight = this.processes.map((_, each) =>
      each === index ? news.counts.inFlight : (this.inFlight[each] ?? 0),
    )
  }

  tell(order: Order): void {
    for (const child of this.processes) child.send(order)
  }

  /** From when on calls succeed, or fail. */
  dependency(well: boolean): number {
    this.tell({ type: 'dependency', well })
    return now()
  }

  /** SIGSTOP: it stands still, and does not know. */
  sleep(process: number): void {
    this.#asleep.add(process)
    this.processes[process]?.kill('SIGSTOP')
  }

  wake(process: number): void {
    this.#asleep.delete(process)
    this.processes[process]?.kill('SIGCONT')
  }

  /** Resolves when every process that is awake has told all that it has seen until now. */
  async report(): Promise<void> {
    const number = ++this.#number
    const missing = new Set([...this.processes.keys()].filter((index) => !this.#asleep.has(index)))
    await new Promise<void>((resolve) => {
      this.#reported = (index, heard) => {
        if (heard === number) missing.delete(index)
        if (missing.size === 0) resolve()
      }
      this.tell({ type: 'report', number })
    })
  }

  all(isSo: (view: View) => boolean): boolean {
    return this.views.size === this.size && [...this.views.values()].every(isSo)
  }

  /** When all instances were so for the first time since `from`; undefined when they are not within the time. */
  async when(
    isSo: (views: readonly View[]) => boolean,
    from: number,
    withinMs: number,
  ): Promise<number | undefined> {
    const end = now() + withinMs
    for (;;) {
      if (this.views.size === this.size && isSo([...this.views.values()])) break
      // What was so between two reports is in the entries all the same.
      if (now() > end) break
      await delay(20)
    }
    await this.report()
    return firstMoment(this.entries, this.size, from, isSo)
  }

  /** What was seen since it was asked last, in the order of time. */
  take(): readonly Entry[] {
    const taken = this.entries.toSorted((one, other) => one.at - other.at)
    // What instances hold goes on to hold.
    this.entries = [...this.views.values()]
    return taken
  }

  takeCounts(): Counts {
    const { counts } = this
    this.counts = none
    return counts
  }

  /** Ends the callers, then the instances. */
  async stop(): Promise<void> {
    const ended = this.processes.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (!running.has(child)) return resolve()
          child.once('exit', () => resolve())
          child.kill('SIGCONT')
          child.send({ type: 'end' } satisfies Order)
        }),
    )
    const impatience = setTimeout(() => {
      for (const child of this.processes) child.kill('SIGKILL')
    }, 10_000)
    await Promise.all(ended)
    clearTimeout(impatience)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

const none: Counts = { admitted: 0, refused: 0, inFlight: 0, slowestMs: 0, slow: 0, lateMs: 0 }

function together(one: Counts, other: Counts): Counts {
  return {
    admitted: one.admitted + other.admitted,
    refused: one.refused + other.refused,
    inFlight: other.inFlight,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
    slow: one.slow + other.slow,
    lateMs: Math.max(one.lateMs, other.lateMs),
  }
}

/** The first moment since `from` at which `size` instances were so together. */
function firstMoment(
  entries: readonly Entry[],
  size: number,
  from: number,
  isSo: (views: readonly View[]) => boolean,
): number | undefined {
  const views = new Map<string, View>()
  const applied = entriesOf(entries, 'applied').toSorted((one, other) => one.at - other.at)
  for (const [index, entry] of applied.entries()) {
    views.set(entry.instance, entry)
    const next = applied[index + 1]?.at ?? Infinity
    if (next < from || views.size < size) continue
    if (isSo([...views.values()])) return Math.max(entry.at, from)
  }
  return undefined
}
