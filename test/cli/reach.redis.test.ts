import { describe, expect, it } from 'vitest'
import { certificates, redisCluster, redisServer, sentinelSet } from '../servers/index.ts'
import { Holdfast, holdfast } from './holdfast.ts'

/** How long the program takes to do nothing: the rest is what it waits for. */
async function startMs(): Promise<number> {
  return (await holdfast('', 'status', '--help')).tookMs
}

describe('a server that is not there', () => {
  it('is told of in one line, without much ado', async () => {
    await using server = await redisServer()
    await server.kill()
    const { code, errors, tookMs } = await holdfast(server.url, 'status')
    expect(code).toBe(1)
    expect(errors).toEqual(['holdfast status: unreachable: the server cannot be reached: ECONNREFUSED'])
    expect(tookMs - (await startMs())).toBeLessThan(1_500)
  })

  it('or that says nothing, is told of in one line after little more than a second', async () => {
    await using server = await redisServer()
    server.pause()
    const { code, errors, tookMs } = await holdfast(server.url, 'open', 'inventory', '--why', 'down')
    server.resume()
    expect(code).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/^holdfast open: (unreachable|no answer): /)
    expect(tookMs - (await startMs())).toBeLessThan(2_500)
  })
})

describe('holdfast reaches', () => {
  const force = ['shadow', 'inventory', '--why', 'look', '--unknown'] as const

  it('a server that speaks TLS, and no other than the one that the authority has signed', async () => {
    using made = await certificates()
    await using server = await redisServer({ tls: made.server })
    const right = await holdfast(server.url, ...force, '--ca', made.ca)
    expect(right).toMatchObject({ code: 0, errors: [] })
    const wrong = await holdfast(server.url, 'status', '--ca', made.otherAuthority.ca)
    expect(wrong).toMatchObject({ code: 1, out: '' })
    expect(wrong.errors).toEqual([expect.stringMatching(/^holdfast status: not trusted: .*certificate/)])
  })

  it('the master that sentinels name', async () => {
    await using set = await sentinelSet()
    const sentinels = set.addresses.flatMap(({ host, port }) => ['--sentinel', `${host}:${port}`])
    await using forcing = new Holdfast([...force, ...sentinels, '--master', set.masterName])
    expect(await forcing.ended()).toMatchObject({ code: 0, errors: [] })
  })

  it('the nodes of a cluster', async () => {
    await using cluster = await redisCluster()
    const [node] = cluster.nodes
    const at = ['--cluster', `127.0.0.1:${node?.port}`] as const
    await using forcing = new Holdfast([...force, ...at])
    expect(await forcing.ended()).toMatchObject({ code: 0, errors: [] })
    await using status = new Holdfast(['audit', 'inventory', ...at])
    expect((await status.ended()).out).toContain('look')
  })
})
