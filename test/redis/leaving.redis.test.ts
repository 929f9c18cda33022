import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { RedisStoreOptions } from '@holdfast/redis'
import { describe, expect, it } from 'vitest'
import { eventually, redisCluster, redisServer, sentinelSet } from '../servers/index.ts'

const program = new URL('./leaver.ts', import.meta.url).pathname

/** How long closing took, and how long the process lived on for it in all. */
interface Departure {
  readonly closedMs: number
  readonly leftMs: number
}

/** A process that has nothing to do but a store. */
class Leaver implements Disposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(options: RedisStoreOptions) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.#output += text.toString()
    })
  }

  said(word: string): Promise<boolean> {
    return eventually(`the process says ${word}`, () => this.#output.includes(word))
  }

  async leave(): Promise<Departure> {
    this.#child.stdin?.end('now')
    await once(this.#child, 'close')
    return JSON.parse(this.#output.trim().split('\n').at(-1) ?? '')
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}

function isSoon({ closedMs, leftMs }: Departure): boolean {
  return closedMs < 170 && leftMs < 300
}

interface Hanging {
  pause(): void
  resume(): void
}

/** While all answer, and when they hang: connected before, or only now. */
async function departuresFrom(
  options: RedisStoreOptions,
  servers: readonly Hanging[],
): Promise<readonly Departure[]> {
  using well = new Leaver(options)
  using hung = new Leaver(options)
  await Promise.all([well.said('connected'), hung.said('connected')])
  const first = await well.leave()
  for (const server of servers) server.pause()
  using asking = new Leaver(options)
  await asking.said('opened')
  const others = [await hung.leave(), await asking.leave()]
  for (const server of servers) server.resume()
  return [first, ...others]
}

describe('a process ends soon after its store is closed', () => {
  it('connected to one server, whether it answers or hangs', async () => {
    await using server = await redisServer()
    using first = new Leaver({ url: server.url })
    using second = new Leaver({ url: server.url })
    await Promise.all([first.said('connected'), second.said('connected')])
    expect(await first.leave()).toSatisfy(isSoon)
    server.pause()
    expect(await second.leave()).toSatisfy(isSoon)
  })

  it('while it connects to a server that hangs, and to none', async () => {
    await using server = await redisServer()
    server.pause()
    using hanging = new Leaver({ url: server.url })
    using alone = new Leaver({ url: 'redis://127.0.0.1:1' })
    await Promise.all([hanging.said('opened'), alone.said('disconnected')])
    expect(await hanging.leave()).toSatisfy(isSoon)
    expect(await alone.leave()).toSatisfy(isSoon)
  })

  it('with sentinels, whether they answer or hang', async () => {
    await using set = await sentinelSet()
    const options = { sentinels: { name: set.masterName, nodes: set.addresses } }
    for (const each of await departuresFrom(options, set.sentinels)) expect(each).toSatisfy(isSoon)
  })

  it('with a cluster, whether its nodes answer or hang', async () => {
    await using cluster = await redisCluster({ replicas: 0 })
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
    for (const each of await departuresFrom({ cluster: { nodes } }, cluster.nodes))
      expect(each).toSatisfy(isSoon)
  })
})
