import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { holdfast } from './holdfast.ts'
import { Instance } from './instance.ts'

let server: RedisServer
beforeAll(async () => {
  server = await redisServer()
})
afterAll(() => server.stop())

const refused = /^ERR_CIRCUIT_OPEN/

describe('holdfast', () => {
  it('forces a circuit open: instances refuse within a second, and say by whom and why', async () => {
    await using one = await Instance.start(server.url, 'opened')
    expect(await one.call()).toBe('done')
    const { code, out } = await holdfast(
      server.url,
      'open',
      'opened',
      '--why',
      'provider down',
      '--by',
      'ann',
    )
    expect([code, out]).toEqual([0, 'opened/circuit-breaker: forced open for 15m by ann: provider down\n'])
    expect(await one.until(refused)).toContain('provider down')
    const cleared = await holdfast(server.url, 'clear', 'opened', '--why', 'it is back', '--by', 'bob')
    expect(cleared.code).toBe(0)
    await one.until(/^done$/)
  })

  it('forces a circuit closed, or into shadow, and lists all that was said with who and why', async () => {
    await using _ = await Instance.start(server.url, 'told')
    const by = ['--by', 'ann', '--json'] as const
    await holdfast(server.url, 'close', 'told', '--for', '20m', '--why', 'it works', ...by)
    await holdfast(server.url, 'shadow', 'told', '--for', '2h', '--why', 'only look', ...by)
    await holdfast(server.url, 'clear', 'told', '--why', 'enough', ...by)
    const { out } = await holdfast(server.url, 'audit', 'told', '--json')
    expect(JSON.parse(out)).toEqual({
      name: 'told/circuit-breaker',
      id: 'told/circuit-breaker',
      entries: [
        { at: expect.any(String), state: 'none', forMs: 0, by: 'ann', why: 'enough' },
        { at: expect.any(String), state: 'shadow', forMs: 7_200_000, by: 'ann', why: 'only look' },
        { at: expect.any(String), state: 'closed', forMs: 1_200_000, by: 'ann', why: 'it works' },
      ],
    })
    const last = await holdfast(server.url, 'audit', 'told', '--last', '1')
    expect(last.out).toMatch(/^WHEN +WHAT +BY +WHY\n\d{4}-\S+Z +cleared +ann +enough\n$/)
  })

  it('lets what was said end by itself', async () => {
    await using one = await Instance.start(server.url, 'passing')
    const refusal = one.until(refused, 10_000)
    await holdfast(server.url, 'open', 'passing', '--for', '1s', '--why', 'a moment')
    await refusal
    await one.until(/^done$/, 3_000)
    const { out } = await holdfast(server.url, 'status', 'passing', '--json')
    expect(JSON.parse(out).circuits[0]).toMatchObject({ state: 'closed', override: null })
  })

  it('shows every circuit with what was said of it, to people and to programs', async () => {
    await using _ = await Instance.start(server.url, 'shown')
    await holdfast(server.url, 'shadow', 'shown', '--why', 'look', '--by', 'ann')
    const { out } = await holdfast(server.url, 'status')
    expect(out).toMatch(/^shown\/circuit-breaker +in shadow \(closed\) +- +0 +for 14m( \d+s)? by ann: look$/m)
    const json = JSON.parse((await holdfast(server.url, 'status', 'shown', '--json')).out)
    expect(json).toEqual({
      instances: expect.any(Number),
      circuits: [
        {
          name: 'shown/circuit-breaker',
          id: 'shown/circuit-breaker',
          state: 'closed',
          remainingMs: 0,
          openings: 0,
          override: { state: 'shadow', remainingMs: expect.any(Number), by: 'ann', why: 'look' },
          problem: null,
        },
      ],
      others: [],
    })
    expect(json.instances).toBeGreaterThan(0)
  })

  it('refuses a name that no instance has registered, with those that are near, unless told to go on', async () => {
    await using _ = await Instance.start(server.url, 'payments')
    const typo = await holdfast(server.url, 'open', 'paymetns', '--why', 'down')
    expect(typo).toMatchObject({
      code: 3,
      out: '',
      errors: [
        'holdfast open: no instance has registered a circuit of the name paymetns/circuit-breaker',
        '  did you mean payments/circuit-breaker?; --unknown goes on all the same',
      ],
    })
    expect((await holdfast(server.url, 'audit', 'paymetns')).code).toBe(3)
    expect((await holdfast(server.url, 'open', 'soon', '--why', 'not yet', '--unknown')).code).toBe(0)
    await using soon = await Instance.start(server.url, 'soon')
    expect(await soon.until(/not yet/)).toMatch(refused)
    expect((await holdfast(server.url, 'clear', 'soon', '--why', 'now')).code).toBe(0)
  })

  it.each(['über kreuz {x}:|', 'a/b', '[*?]'])('finds a circuit of the odd name %j', async (name) => {
    await using one = await Instance.start(server.url, name)
    const forced = await holdfast(server.url, 'open', `${name}/circuit-breaker`, '--why', 'odd “names”')
    expect(forced.code).toBe(0)
    expect(await one.until(/odd “names”/)).toMatch(refused)
    const { circuits } = JSON.parse((await holdfast(server.url, 'status', '--json')).out)
    const found = circuits.find((circuit: { name: string }) => circuit.name === `${name}/circuit-breaker`)
    expect(found).toMatchObject({ id: expect.stringMatching(/^~[0-9a-f]{32}$/), override: { state: 'open' } })
    expect((await holdfast(server.url, 'clear', found.id, '--why', 'by its id')).code).toBe(0)
    await one.until(/^done$/)
  })

  it('shows what it can where a key holds something else', async () => {
    await using _ = await Instance.start(server.url, 'spoilt')
    await server.command('SET', 'hf1:{b:spoilt/circuit-breaker}:a', 'garbage')
    const { code, out } = await holdfast(server.url, 'status')
    expect([code, out]).toEqual([0, expect.stringMatching(/spoilt\S+ +unreadable .*wrong type$/m)])
    expect(await holdfast(server.url, 'open', 'spoilt', '--why', 'down')).toMatchObject({
      code: 1,
      errors: ['holdfast open: refused: wrong type (the server answered WRONGTYPE)'],
    })
  })
})
