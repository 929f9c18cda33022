import { setTimeout as wait } from 'node:timers/promises'
import { Balancer } from './balancer.ts'
import type { Answer } from './balancer.ts'
import { Instance } from './instance.ts'
import type { Kind } from './instance.ts'

/** What became of the requests while every instance was replaced by a new one. */
export interface Restart {
  readonly requests: number
  readonly failed: number
  /** How many each instance has served, by its name. */
  readonly servedBy: ReadonlyMap<string, number>
  /** Of the instances that were replaced; null for one that was killed. */
  readonly exitCodes: readonly (number | null)[]
}

const everyMs = 10
/** However long it takes, no more are sent. */
const maximumRequests = 3_000

/** Two instances are replaced one after the other, while requests come at a steady rate whatever becomes of them. */
export async function rollingRestart(kind: Kind): Promise<Restart> {
  using balancer = new Balancer()
  let instances: readonly Instance[] = await Promise.all([
    start('a', kind, balancer),
    start('b', kind, balancer),
  ])
  const stop = new AbortController()
  const load = sendUntil(stop.signal, balancer)
  const exitCodes: (number | null)[] = []
  for (const old of instances) {
    const replacement = await start(`new ${old.name}`, kind, balancer)
    instances = [...instances, replacement]
    exitCodes.push(await old.terminate())
    balancer.remove(old)
  }
  stop.abort()
  const answers = await load
  await Promise.all(instances.slice(2).map((each) => each.terminate()))
  const served = answers.filter(({ status }) => status === 200)
  const servedBy = new Map<string, number>()
  for (const { body } of served) {
    const by = (JSON.parse(body) as { readonly servedBy: string }).servedBy
    servedBy.set(by, (servedBy.get(by) ?? 0) + 1)
  }
  return { requests: answers.length, failed: answers.length - served.length, servedBy, exitCodes }
}

async function start(name: string, kind: Kind, balancer: Balancer): Promise<Instance> {
  const instance = await Instance.start(name, kind)
  await balancer.add(instance)
  return instance
}

/** Open loop: what is sent does not depend on what is answered. */
async function sendUntil(signal: AbortSignal, balancer: Balancer): Promise<readonly Answer[]> {
  const sent: Promise<Answer>[] = []
  while (!signal.aborted && sent.length < maximumRequests) {
    sent.push(balancer.send('/orders'))
    await wait(everyMs)
  }
  return Promise.all(sent)
}
