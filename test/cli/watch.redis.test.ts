import { describe, expect, it } from 'vitest'
import { redisServer } from '../servers/index.ts'
import { holdfast, Holdfast } from './holdfast.ts'
import { Instance } from './instance.ts'

describe('holdfast watch', () => {
  it('prints a line for each circuit, then one for each change, until it is interrupted', async () => {
    await using server = await redisServer()
    await using _ = await Instance.start(server.url)
    await using watching = new Holdfast(['watch'], { HOLDFAST_REDIS_URL: server.url })
    expect(await watching.line(/inventory/)).toMatch(/^\d{4}-\S+Z {2}inventory\/circuit-breaker {2}closed$/)
    await holdfast(server.url, 'open', 'inventory', '--why', 'down', '--by', 'ann')
    await watching.line(/ {2}closed, forced open for 1\dm( \d+s)? by ann: down$/)
    watching.interrupt()
    expect(await watching.ended()).toMatchObject({ code: 0, errors: [] })
    expect(watching.lines.filter((line) => line.includes('inventory'))).toHaveLength(2)
  })

  it('prints JSON, goes on when the server is gone, and tells when it is back', async () => {
    await using server = await redisServer()
    await using _ = await Instance.start(server.url)
    await using watching = new Holdfast(['watch', '--json'], { HOLDFAST_REDIS_URL: server.url })
    await watching.line(/"circuit"/)
    await server.kill()
    await watching.line(/"connected":false/)
    await server.restart()
    await watching.line(/"connected":true/)
    watching.interrupt()
    await watching.ended()
    const [fleet, circuit, lost] = watching.lines.map((line) => JSON.parse(line))
    expect(fleet).toEqual({ at: expect.any(String), type: 'fleet', instances: 1 })
    expect(circuit).toMatchObject({ type: 'circuit', name: 'inventory/circuit-breaker', state: 'closed' })
    expect(lost).toEqual({
      at: expect.any(String),
      type: 'link',
      connected: false,
      reason: expect.any(String),
    })
  })

  it('ends when nobody reads on', async () => {
    await using server = await redisServer()
    await using _ = await Instance.start(server.url)
    await using watching = new Holdfast(['watch'], { HOLDFAST_REDIS_URL: server.url })
    await watching.line(/inventory/)
    watching.stopReading()
    await holdfast(server.url, 'shadow', 'inventory', '--why', 'look')
    expect(await watching.ended()).toMatchObject({ code: 0, errors: [] })
  })
})
