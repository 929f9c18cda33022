import { circuitBreaker, pipeline } from '@holdfast/core'
import type { Pipeline } from '@holdfast/core'
import { tcpProxy } from '@holdfast/faults'
import { redisShare } from '@holdfast/redis'
import type { RedisServer } from '../../servers/index.ts'
import { atMost, median, percentile } from './figures.ts'

const rounds = 61
const callsASlice = 20_000
const operation = async (): Promise<number> => 1

/** A call through a breaker: on its own, and sharing with a Redis that is well, two seconds away, or silent. */
export async function admission(server: RedisServer): Promise<readonly string[]> {
  const target = { target: { port: server.port } }
  await using slow = await tcpProxy(target)
  await using silent = await tcpProxy(target)
  const ports = { well: server.port, slow: slow.port, silent: silent.port }
  const shares = Object.entries(ports).map(([name, port]) => {
    return [name, redisShare({ url: `redis://127.0.0.1:${port}`, prefix: name })] as const
  })
  await Promise.all(shares.map(([, share]) => share.ready()))
  slow.set({ delayMs: 2_000 })
  silent.set({ blackHole: true })
  const subjects: [string, Pipeline][] = [
    ['local', pipeline('bench', [circuitBreaker()])],
    ...shares.map(([name, share]): [string, Pipeline] => [
      name,
      pipeline('bench', [circuitBreaker()], { share }),
    ]),
  ]
  for (const [, subject] of subjects) await slice(subject)
  const measured = await interleaved(subjects)
  const of = (name: string): readonly number[] => measured.get(name) ?? []
  const lines = subjects.map(([name]) => {
    const apart = of(name).map((ns, round) => ns - (of('local')[round] ?? 0))
    return `admission, Redis ${name}: ${median(of(name)).toFixed(0)} ns a call, ${median(apart).toFixed(1)} ns more than local, p99 of slices ${percentile(of(name), 0.99).toFixed(0)}`
  })
  const more = of('well').map((ns, round) => ns - (of('local')[round] ?? 0))
  const unlike = (name: string): number => Math.abs(median(of(name)) / median(of('well')) - 1)
  for (const [, share] of shares) await share.stop()
  return [
    ...lines,
    atMost('admission with sharing: ns more than local', median(more), 40),
    atMost('the same with Redis 2 s away: p50 off by', unlike('slow'), 0.2),
    atMost('the same with a silent Redis: p50 off by', unlike('silent'), 0.2),
  ]
}

async function interleaved(
  subjects: readonly (readonly [string, Pipeline])[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const measured = new Map<string, number[]>(subjects.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < subjects.length; at++) {
      const [name, subject] = subjects[(round + at) % subjects.length] as readonly [string, Pipeline]
      measured.get(name)?.push(await slice(subject))
    }
  }
  return measured
}

/** Nanoseconds a call. */
async function slice(subject: Pipeline): Promise<number> {
  const begun = performance.now()
  for (let call = 0; call < callsASlice; call++) await subject.execute(operation)
  return ((performance.now() - begun) * 1e6) / callsASlice
}
