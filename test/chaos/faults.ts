import { setTimeout as delay } from 'node:timers/promises'
import type { TcpFaults } from '@holdfast/faults'
import type { Fleet } from './fleet.ts'
import { circuit } from './setting.ts'
import type { Site } from './site.ts'

export interface Stage {
  readonly site: Site
  readonly fleet: Fleet
  /** Uniform in [0, 1), from the seed. */
  readonly random: () => number
}

/** Goes wrong when it is called; resolves to how to put it right again. */
export type Fault = (stage: Stage) => Promise<() => Promise<void> | void> | (() => Promise<void> | void)

/** For how long things go wrong in one round. */
export const faultyMs = 4_000

const key = (name: string): string => `hf1:{b:chaos/circuit-breaker}:${name}`
const nothing = (): void => {}

/** Everything that may go wrong, by name. */
export const faults: Readonly<Record<string, Fault>> = {
  'redis stops': ({ site }) => {
    site.server.pause()
    return () => site.server.resume()
  },
  'redis is killed and comes back empty': async ({ site }) => {
    await site.server.kill()
    return () => site.server.restart()
  },
  FLUSHALL: ({ site }) => once(site, 'FLUSHALL'),
  'SCRIPT FLUSH': ({ site }) => once(site, 'SCRIPT', 'FLUSH'),
  'CLIENT KILL pubsub': ({ site }) => once(site, 'CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'CLIENT KILL normal': ({ site }) => once(site, 'CLIENT', 'KILL', 'TYPE', 'normal'),
  'CLIENT PAUSE': ({ site, random }) =>
    once(site, 'CLIENT', 'PAUSE', between(random, 100, 2_000), random() < 0.5 ? 'ALL' : 'WRITE'),
  'memory is full': async ({ site }) => {
    await once(site, 'CONFIG', 'SET', 'maxmemory', '1mb')
    return () => quietly(site, 'CONFIG', 'SET', 'maxmemory', '0').then(nothing)
  },
  'a key is of another type': async ({ site, random }) => {
    const name = key(oneOf(random, ['c', 'i', 'v', 'o', 'p']))
    await once(site, 'DEL', name)
    await once(site, 'SET', name, 'foreign', 'PX', 600_000)
    return async () => {
      if ((await quietly(site, 'TYPE', name)) === 'string') await quietly(site, 'DEL', name)
    }
  },
  'garbage in a key': async ({ site, random }) => {
    await garbage(site, random)
    return nothing
  },
  'read only': async ({ site }) => {
    await once(site, 'REPLICAOF', '127.0.0.1', 1)
    return () => quietly(site, 'REPLICAOF', 'NO', 'ONE').then(nothing)
  },
  'pushes are lost': ({ fleet, random }) => {
    const places = Array.from({ length: 20 }, (_, place) => place).filter(() => random() < 0.5)
    fleet.tell({ type: 'deaf', places })
    return () => fleet.tell({ type: 'deaf', places: [] })
  },
  'some are cut off': ({ site }) => {
    site.rest.refuse()
    site.rest.reset()
    return () => site.rest.accept()
  },
  'some reach nothing': ({ site }) => {
    site.rest.set({ blackHole: true })
    return () => site.rest.clear()
  },
  'replies are lost': ({ site }) => wire(site, { blackHole: true }, 'from-target'),
  'requests are lost': ({ site }) => wire(site, { blackHole: true }, 'to-target'),
  'replies are held': ({ site }) => wire(site, { hold: true }, 'from-target'),
  'requests are held': ({ site }) => wire(site, { hold: true }, 'to-target'),
  'both are held, and come in the other order': ({ site }) => {
    site.most.set({ hold: true }, 'from-target')
    site.most.set({ hold: true }, 'to-target')
    return async () => {
      site.most.clear('to-target')
      await delay(50)
      site.most.clear('from-target')
    }
  },
  'a slow way': ({ site, random }) => wire(site, { delayMs: between(random, 20, 2_000) }),
  'a narrow way': ({ site, random }) => wire(site, { bytesPerSecond: between(random, 200, 5_000) }),
  'connections are reset': ({ site, random }) => {
    const way = random() < 0.5 ? site.most : site.rest
    way.reset()
    return nothing
  },
  'cut inside a frame': ({ site, random }) =>
    wire(site, { cutAfterBytes: between(random, 1, 3_000) }, oneOf(random, ['from-target', 'to-target'])),
  'old pushes come again': async ({ site, random }) => {
    for (let time = 0; time < 5; time++) {
      replayOld(site, random)
      await delay(between(random, 20, 300))
    }
    return nothing
  },
  'processes stop for longer than a lease': ({ fleet, random }) => {
    const certain = between(random, 0, fleet.processes.length - 1)
    const asleep = [...fleet.processes.keys()].filter((index) => index === certain || random() < 0.3)
    for (const index of asleep) fleet.sleep(index)
    const longer = delay((circuit.probeLeaseMs ?? 0) * 1.3)
    return async () => {
      await longer
      for (const index of asleep) fleet.wake(index)
    }
  },
}

/** The names of faults that have one of these words in them, with commas between; all where none is given. */
export function faultsNamed(words: string): readonly string[] {
  return Object.keys(faults).filter((name) => words.split(',').some((word) => name.includes(word)))
}

/** Faults after which one epoch may have two states until the next flush. */
export const forging: readonly string[] = ['garbage in a key']

const fields = [
  'e',
  'st',
  'un',
  'od',
  'k',
  'at',
  'ps',
  'pf',
  'pg',
  'pn',
  'pl',
  'pr',
  'b',
  'bm',
  'S',
  'F',
  's0',
  'f9',
]
const rubbish = ['', 'x', '-1', '3', '1.5', '1e99', 'nan', '99999999999999999999', '9007199254740991', '0']

async function garbage(site: Site, random: () => number): Promise<void> {
  const where = oneOf(random, ['c', 'i', 'v', 'o'])
  const name = key(where)
  const member = where === 'c' ? oneOf(random, fields) : oneOf(random, ['ov', 'ou', 'x', 'f'.repeat(32)])
  const command =
    where === 'v'
      ? ['ZADD', name, between(random, -1, 1e15), member]
      : ['HSET', name, member, oneOf(random, rubbish)]
  await once(site, ...command)
  // Whoever puts a key there that was not there owes it an end.
  await once(site, 'PEXPIRE', name, 600_000, 'NX')
}

/** Sends once more what was pushed of some epoch that came by lately, on every connection that remembers it. */
function replayOld(site: Site, random: () => number): void {
  const epochs = new Set<string>()
  site.most.replay('from-target', (frame) => {
    const epoch = pushed(frame)
    if (epoch !== undefined) epochs.add(epoch)
    return false
  })
  if (epochs.size === 0) return
  const again = oneOf(random, [...epochs])
  site.most.replay('from-target', (frame) => pushed(frame) === again)
}

/** The epoch that a frame pushes, if it does. */
function pushed(frame: Buffer): string | undefined {
  if (frame[0] !== 0x3e) return undefined
  return /\r\n1\|[^|]+\|(\d+)\|/.exec(frame.toString('latin1'))?.[1]
}

function wire(site: Site, set: TcpFaults, direction?: 'from-target' | 'to-target'): () => void {
  site.most.set(set, direction)
  return () => site.most.clear()
}

/** What is over at once. */
async function once(site: Site, ...command: readonly (string | number)[]): Promise<() => void> {
  await quietly(site, ...command)
  return nothing
}

/** The server may be away, or have a key of another type itself. */
async function quietly(site: Site, ...command: readonly (string | number)[]): Promise<unknown> {
  try {
    return await site.server.command(...command)
  } catch {
    return undefined
  }
}

/** Draws some of the faults; resolves to their names when the last is over. */
export async function sufferSome(
  stage: Stage,
  from: readonly string[],
  problems: string[],
): Promise<readonly string[]> {
  const names = drawn(stage.random, from)
  await Promise.all(names.map((name) => suffer(stage, name, problems)))
  return names
}

/** Two to six different faults. */
function drawn(random: () => number, only: readonly string[]): readonly string[] {
  const names = new Set<string>()
  const count = Math.min(only.length, between(random, 2, 6))
  while (names.size < count) names.add(oneOf(random, only))
  return [...names]
}

async function suffer(stage: Stage, name: string, problems: string[]): Promise<void> {
  const { random } = stage
  const startMs = between(random, 0, faultyMs / 2)
  // Half of them last until all end.
  const lastsMs = random() < 0.5 ? faultyMs - startMs : between(random, faultyMs / 10, faultyMs / 2)
  await delay(startMs)
  try {
    const heal = await faults[name]?.(stage)
    await delay(lastsMs)
    await heal?.()
  } catch (error) {
    problems.push(`the fault '${name}' itself failed: ${String(error)}`)
  }
}

export function between(random: () => number, least: number, most: number): number {
  return Math.floor(least + random() * (most - least + 1))
}

function oneOf<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}

/** Whatever was set, and whatever the server has forgotten of it. */
export async function healAll(site: Site, fleet: Fleet): Promise<void> {
  site.most.clear()
  site.rest.clear()
  await Promise.all([site.most.accept(), site.rest.accept()])
  site.server.resume()
  fleet.tell({ type: 'deaf', places: [] })
  await site.server.command('CONFIG', 'SET', 'maxmemory', '0')
  await site.server.command('REPLICAOF', 'NO', 'ONE')
  await site.server.command('CLIENT', 'UNPAUSE')
}
