import { now } from './entry.ts'
import type { Entry } from './entry.ts'
import { Instance } from './instance.ts'
import { LimitedInstance } from './limited-instance.ts'
import type { Counts, News, Order, ProcessPlan } from './message.ts'

/** Several instances of a service in a process of their own, which is told what to do and tells what they saw. */

const tellMs = 25

/** No admission takes longer, in milliseconds, however busy the machine is. */
const slowestOfAll = 1_000

// Written by the process that has started this one.
const plan = JSON.parse(process.argv[2] ?? '') as ProcessPlan
let isWell = true
let entries: Entry[] = []
let admitted = 0
let refused = 0
let slowestMs = 0
let slow = 0
let lateMs = 0
let dueAt = performance.now() + tellMs

const surroundings = {
  get isWell() {
    return isWell
  },
  log: (entry: Entry): void => void entries.push(entry),
  admission: (ms: number, passed: boolean): void => {
    if (passed) admitted++
    else refused++
    if (ms > 5) judgeSlow(ms, performance.now())
    else slowestMs = Math.max(slowestMs, ms)
  },
}

/** When this process was woken last, from a sleep that it did not notice. */
let wokenAt = -Infinity
process.on('SIGCONT', () => (wokenAt = performance.now()))

/** The signal of waking up is heard only after an admission in which the process slept, which is not what is meant. */
function judgeSlow(ms: number, at: number): void {
  setTimeout(() => {
    if (wokenAt > at - ms) return
    slow++
    slowestMs = Math.max(slowestMs, ms)
    if (ms > slowestOfAll)
      surroundings.log({
        kind: 'odd',
        at: now(),
        instance: `${plan.index}`,
        text: `an admission took ${Math.round(ms)} ms`,
      })
  }, 100)
}

const { circuit, limits } = plan
const instances = plan.stores.map((store, place) => {
  const name = `${plan.index}.${place}`
  if (limits !== undefined) return new LimitedInstance(name, store, limits, surroundings)
  return new Instance(name, store, circuit, surroundings)
})
const calling = Promise.all(instances.map((instance) => instance.call(plan.traffic)))

function tell(news: News): void {
  process.send?.(news)
}

function tellLog(): void {
  for (const instance of instances) instance.look()
  const inFlight = instances.reduce((sum, instance) => sum + instance.inFlight, 0)
  const counts: Counts = { admitted, refused, inFlight, slowestMs, slow, lateMs }
  tell({ type: 'log', entries, counts })
  entries = []
  admitted = refused = slowestMs = slow = lateMs = 0
}

const telling = setInterval(() => {
  const time = performance.now()
  lateMs = Math.max(lateMs, time - dueAt)
  dueAt = time + tellMs
  tellLog()
}, tellMs)

function fail(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  entries.push({ kind: 'odd', at: now(), instance: `${plan.index}`, text: `nobody caught ${text}` })
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

async function end(): Promise<void> {
  for (const instance of instances) instance.stopCalling()
  await calling
  const took = await Promise.all(instances.map((instance) => instance.stop()))
  clearInterval(telling)
  tellLog()
  tell({ type: 'ended', stopMs: Math.max(...took) })
  process.disconnect()
}

process.on('message', (order: Order) => {
  switch (order.type) {
    case 'dependency':
      isWell = order.well
      return
    case 'deaf':
      for (const [place, instance] of instances.entries())
        instance.store.isDeaf = order.places.includes(place)
      return
    case 'report':
      tellLog()
      tell({ type: 'reported', number: order.number })
      return
    case 'end':
      void end()
  }
})
process.once('disconnect', () => process.exit())
