import { redisStore } from '@holdfast/redis'
import type { Request } from '@holdfast/core/protocol'
import { expect, it } from 'vitest'
import { median } from '../bench/share/figures.ts'
import { processorUs } from '../bench/share/server-figures.ts'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { within, verdict } from './budget.ts'
import { Reference } from './reference.ts'
import { steadyProbes, steadyRequests } from './steady-requests.ts'

const rounds = 41
const batch = 100

/** How many times what the reference script costs; on Redis 7.0.15, whatever else the machine does. */
const recorded: Readonly<Record<string, number>> = {
  flush: 3.45,
  'flush with failures': 4.05,
  probe: 2.12,
  look: 0.98,
  slice: 2.16,
  limit: 1.08,
  permit: 1.17,
  budget: 1.88,
  heartbeat: 1.96,
  'health-flush': 13.3,
  'health-look': 1.52,
}

async function costUs(server: RedisServer, work: () => Promise<unknown>): Promise<number> {
  const before = await processorUs(server)
  await work()
  return (await processorUs(server)) - before
}

it('no script takes a quarter more of the server than it did', async () => {
  await using server = await redisServer()
  using reference = new Reference(server.port)
  const store = redisStore({ url: server.url, commandTimeoutMs: 10_000 })
  await new Promise<void>((resolve) => {
    store.open({ connected: resolve, pushed: () => undefined, disconnected: () => undefined })
  })
  const kinds: Readonly<Record<string, () => Request | undefined>> = {
    ...steadyRequests,
    probe: await steadyProbes(store),
  }
  const send = async (next: () => Request | undefined): Promise<void> => {
    const asked = Array.from({ length: batch }, next).filter((each) => each !== undefined)
    const answers = await store.send(asked)
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set([asked[0]?.type]))
  }
  const ratios = new Map<string, number[]>(Object.keys(recorded).map((name) => [name, []]))
  // The first two rounds only warm up.
  for (let round = -2; round < rounds; round++) {
    for (const [name, of] of ratios) {
      const own = await costUs(server, () => send(kinds[name] ?? (() => undefined)))
      const other = await costUs(server, () => reference.run(batch))
      if (round >= 0) of.push(own / other)
    }
  }
  await store.close()
  for (const [name, of] of ratios) {
    expect.soft(verdict(name, median(of), { recorded: recorded[name] ?? 0, mayFall: true })).toBe(within)
  }
}, 120_000)
