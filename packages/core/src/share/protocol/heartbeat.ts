import { idleMs } from './breaker-record.ts'
import { absurdMs } from './status.ts'
import type { Step } from './step.ts'

/** Who shares, and what: the twin of the keys `n` and `m`. Times are milliseconds of the server's clock. */
export interface RegistryRecord {
  /** When each instance was last heard. */
  readonly instances: Readonly<Record<string, number>>
  readonly instancesExpireAt: number
  /** When each object was last named. */
  readonly objects: Readonly<Record<string, number>>
  readonly objectsExpireAt: number
}

export const emptyRegistry: RegistryRecord = {
  instances: {},
  instancesExpireAt: 0,
  objects: {},
  objectsExpireAt: 0,
}

/** How many objects are known at most: their names may come from data that somebody else controls. */
export const maximumObjects = 10_000

/** An instance that says nothing for so long is there no more, in milliseconds. */
export const aliveMs = 15_000

/** How long an object is known that nobody names, in milliseconds. */
export const objectKeepMs: number = 7 * absurdMs

/** Says that an instance is there, and which objects it shares. */
export interface HeartbeatRequest {
  readonly type: 'heartbeat'
  readonly instance: string
  /** Keys' middles, such as `b:inventory/circuit-breaker`. Naming each once a day is enough. */
  readonly objects: readonly string[]
  /** Whether this is its last. */
  readonly leaving: boolean
  /** An instance that is silent for so long is there no more. */
  readonly aliveMs: number
}

export interface HeartbeatReply {
  readonly type: 'heartbeat'
  readonly instances: number
  readonly objects: number
  /** Whether an object was not added because too many are known. */
  readonly full: boolean
}

/** Lists what is shared; changes nothing. */
export interface RegistryRequest {
  readonly type: 'registry'
  readonly aliveMs: number
}

export interface RegistryReply {
  readonly type: 'registry'
  readonly instances: number
  /** Sorted; at most `maximumObjects`. */
  readonly objects: readonly string[]
}

/** What is left at `now`: the silent are gone, and a clock that stepped back is made up for. */
function livingRegistry(found: RegistryRecord, aliveMs: number, now: number): RegistryRecord {
  const heard = now < found.instancesExpireAt ? Object.entries(found.instances) : []
  const named = now < found.objectsExpireAt ? Object.entries(found.objects) : []
  const alive = heard.filter(([, at]) => at > now - aliveMs)
  // A name that far ahead was written by a clock that was wrong; its instances name it again.
  const kept = named.filter(([, at]) => Math.abs(at - now) < objectKeepMs)
  return {
    ...found,
    instances: Object.fromEntries(alive.map(([name, at]) => [name, Math.min(at, now)])),
    objects: Object.fromEntries(kept),
  }
}

export function heartbeat(
  found: RegistryRecord,
  { instance, objects, leaving, aliveMs }: HeartbeatRequest,
  now: number,
): Step<RegistryRecord, HeartbeatReply> {
  const living = livingRegistry(found, aliveMs, now)
  const { [instance]: _, ...others } = living.instances
  const instances = leaving ? others : { ...others, [instance]: now }
  const known: Record<string, number> = { ...living.objects }
  let count = Object.keys(known).length
  let full = false
  for (const name of objects) {
    const isNew = known[name] === undefined
    if (isNew && count === maximumObjects) {
      full = true
      continue
    }
    known[name] = now
    if (isNew) count++
  }
  const record: RegistryRecord = {
    instances,
    instancesExpireAt: leaving ? found.instancesExpireAt : now + Math.max(idleMs, 2 * aliveMs),
    objects: known,
    objectsExpireAt: objects.length === 0 ? found.objectsExpireAt : now + objectKeepMs,
  }
  return {
    record,
    reply: { type: 'heartbeat', instances: Object.keys(instances).length, objects: count, full },
  }
}

export function registry(found: RegistryRecord, { aliveMs }: RegistryRequest, now: number): RegistryReply {
  const { instances, objects } = livingRegistry(found, aliveMs, now)
  return {
    type: 'registry',
    instances: Object.keys(instances).length,
    objects: Object.keys(objects).toSorted(),
  }
}
