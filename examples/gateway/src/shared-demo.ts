import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { tcpProxy } from '@holdfast/faults'
import type { TcpProxy } from '@holdfast/faults'
import { load } from './load.ts'
import type { Sample } from './load.ts'
import { Inventory } from './processes.ts'
import { redisProcess } from './redis-process.ts'
import { goalLines, policyLines } from './report.ts'
import { SharedGateway } from './shared-gateways.ts'
import type { Moment } from './shared-gateways.ts'
import { sharedPolicies } from './shared-policies.ts'
import { sharedGoals, sharedTable } from './shared-report.ts'
import type { Scene, SharedResult } from './shared-report.ts'

const perSecond = 40
const patienceMs = 2_500
const introduction = `Three Express gateways, a, b and c, share their circuits through Redis. Each calls the primary inventory by
a path of its own, with a standby behind, through these policies:
`

/** What the scenes are played with. */
interface Stage {
  readonly gateways: readonly SharedGateway[]
  readonly primary: Inventory
  /** The way of all gateways to Redis. */
  readonly redis: TcpProxy
  readonly redisUrl: string
}

/** One part of the story: what is done at its beginning, and what the circuits are expected to say. */
interface Act {
  readonly name: string
  readonly lastsMs: number
  readonly did: string
  readonly said?: Moment['said']
  begin(stage: Stage): Promise<unknown>
}

const circuit = 'inventory/circuit-breaker/primary'
const nothing = (): Promise<void> => Promise.resolve()

const acts: readonly Act[] = [
  { name: 'healthy', lastsMs: 3_000, did: '', begin: nothing },
  {
    name: 'a is cut off from the primary',
    lastsMs: 6_000,
    did: 'open',
    said: 'open',
    begin: ({ gateways: [a] }) => a?.cut() ?? nothing(),
  },
  {
    name: 'its path is back',
    lastsMs: 4_000,
    did: 'closed',
    said: 'closed',
    begin: ({ gateways: [a] }) => a?.mend() ?? nothing(),
  },
  {
    name: 'the primary is killed',
    lastsMs: 4_000,
    did: 'open',
    said: 'open',
    begin: ({ primary }) => primary.become('killed'),
  },
  {
    name: 'the primary is back',
    lastsMs: 5_000,
    did: 'closed',
    said: 'closed',
    begin: ({ primary }) => primary.become('healthy'),
  },
  {
    name: 'holdfast open … --for 1m',
    lastsMs: 3_000,
    did: 'forced open',
    said: 'forced open',
    begin: ({ redisUrl }) => holdfast(redisUrl, 'open', circuit, '--for', '1m', '--why', 'the demo'),
  },
  {
    name: 'holdfast clear …',
    lastsMs: 3_000,
    did: 'free again',
    said: 'not forced',
    begin: ({ redisUrl }) => holdfast(redisUrl, 'clear', circuit, '--why', 'the demo goes on'),
  },
  {
    name: 'Redis is silent',
    lastsMs: 5_000,
    did: '',
    begin: ({ redis }) => Promise.resolve(redis.set({ blackHole: true })),
  },
  {
    name: 'Redis is back',
    lastsMs: 3_000,
    did: '',
    begin: ({ redis }) => Promise.resolve(redis.clear()),
  },
]

/** Plays the story and prints it. Whether all went as it should. */
export async function sharedDemo(givenUrl: string, json: boolean): Promise<boolean> {
  const say = (text: string): void => void (json || console.log(text))
  const own = givenUrl === '' ? await redisProcess() : undefined
  const redisUrl = own === undefined ? givenUrl : `redis://127.0.0.1:${own.port}`
  const stage = await setUp(redisUrl)
  say(`${introduction}\n${policies()}\n\n${perSecond} requests a second to each.\n`)
  const result = await play(stage, say)
  await Promise.all(stage.gateways.map((gateway) => gateway.stop()))
  await stage.redis.stop()
  await own?.stop()
  const goals = sharedGoals(result)
  say(`\n${sharedTable(result)}\n\n${goalLines(goals)}`)
  if (json) console.log(JSON.stringify({ ...result, goals }))
  return goals.every(({ met }) => met)
}

async function setUp(redisUrl: string): Promise<Stage> {
  const primary = new Inventory('primary', 1)
  const standby = new Inventory('standby', 2)
  await Promise.all([primary.become('healthy'), standby.become('healthy')])
  const url = new URL(redisUrl)
  const redis = await tcpProxy({ target: { host: url.hostname, port: Number(url.port || 6_379) } })
  url.host = `127.0.0.1:${redis.port}`
  const gateways = ['a', 'b', 'c'].map(
    (name) => new SharedGateway(name, url.href, primary.port, standby.port),
  )
  await Promise.all(gateways.map((gateway) => gateway.start()))
  return { gateways, primary, redis, redisUrl }
}

function policies(): string {
  return Object.entries(sharedPolicies)
    .map(([name, options]) => policyLines(name, options))
    .join('\n')
}

async function play(stage: Stage, say: (text: string) => void): Promise<SharedResult> {
  const durationMs = acts.reduce((sum, { lastsMs }) => sum + lastsMs, 0)
  const startedAt = performance.now() + 200
  const samples: Sample[] = []
  const onSample = (sample: Sample): void => void samples.push(sample)
  await until(startedAt)
  const loads = stage.gateways.map(({ url }) =>
    load({ url, perSecond, durationMs, patienceMs, startedAt, onSample }),
  )
  const begun: number[] = []
  let ends = startedAt
  for (const act of acts) {
    begun.push(performance.now())
    say(`  ${((ends - startedAt) / 1_000).toFixed(0).padStart(3)} s  ${act.name}`)
    await act.begin(stage)
    ends += act.lastsMs
    await until(ends)
  }
  await Promise.all(loads)
  return { scenes: acts.map((act, at) => scene(act, begun[at] ?? 0, startedAt, samples, stage.gateways)) }
}

function scene(
  { name, lastsMs, did, said }: Act,
  begun: number,
  startedAt: number,
  samples: readonly Sample[],
  gateways: readonly SharedGateway[],
): Scene {
  const fromMs = begun - startedAt
  const sent = samples.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + lastsMs)
  return {
    name,
    requests: sent.length,
    failed: sent.filter(({ ok }) => !ok).length,
    byPrimary: sent.filter(({ servedBy }) => servedBy === 'primary').length,
    circuits: gateways.map((gateway) => {
      const ms = said && gateway.saidAfter(said, begun)
      return ms === undefined || ms > lastsMs ? undefined : ms
    }),
    did,
  }
}

/** Runs the operators' program. */
async function holdfast(redisUrl: string, ...args: readonly string[]): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@holdfast/cli/package.json'))
  const program = join(folder, 'src/main.ts')
  await promisify(execFile)(process.execPath, [program, ...args], {
    env: { ...process.env, HOLDFAST_REDIS_URL: redisUrl },
    timeout: 10_000,
  })
}

function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())))
}
