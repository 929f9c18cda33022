import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { holdfast, Holdfast } from './holdfast.ts'
import { Instance } from './instance.ts'

const aclOf = (file: string): string =>
  readFileSync(new URL(`../../packages/redis/acl/${file}`, import.meta.url), 'utf8')

const acl = ['user default off', aclOf('application.acl'), aclOf('operator.acl')].join('\n')

function urlOf({ port }: RedisServer, user: string): string {
  return `redis://holdfast-${user}:change-me@127.0.0.1:${port}`
}

const commands = [
  ['status'],
  ['audit', 'inventory'],
  ['open', 'inventory', '--why', 'down'],
  ['close', 'inventory', '--why', 'up'],
  ['shadow', 'inventory', '--why', 'look'],
  ['clear', 'inventory', '--why', 'enough'],
  ['watch'],
] as const

describe('a server with users', () => {
  it('lets operators do everything, and instances hear of it', async () => {
    await using server = await redisServer({ acl })
    await using one = await Instance.start(urlOf(server, 'application'))
    const operator = urlOf(server, 'operator')
    for (const command of commands.slice(0, -1)) {
      expect(await holdfast(operator, ...command)).toMatchObject({ code: 0, errors: [] })
    }
    await holdfast(operator, 'open', 'inventory', '--why', 'down')
    // The push says that it is open; the reason is known a round trip later.
    await one.until(/ERR_CIRCUIT_OPEN.*down/)
    await using watching = new Holdfast(['watch'], { HOLDFAST_REDIS_URL: operator })
    await watching.line(/inventory\/circuit-breaker {2}closed, forced open/)
  })

  it('lets applications do nothing of it', async () => {
    await using server = await redisServer({ acl })
    await using _ = await Instance.start(urlOf(server, 'application'))
    for (const [command, ...rest] of commands) {
      expect(await holdfast(urlOf(server, 'application'), command, ...rest)).toMatchObject({
        code: 1,
        out: '',
        errors: [`holdfast ${command}: refused: no permission (the server answered NOPERM)`],
      })
    }
  })

  it('takes credentials from the URL or the environment, and repeats none of them', async () => {
    await using server = await redisServer({ acl })
    const env = {
      HOLDFAST_REDIS_URL: `redis://127.0.0.1:${server.port}`,
      HOLDFAST_REDIS_USERNAME: 'holdfast-operator',
    }
    await using right = new Holdfast(['status'], { ...env, HOLDFAST_REDIS_PASSWORD: 'change-me' })
    expect(await right.ended()).toMatchObject({ code: 0 })
    await using wrong = new Holdfast(['status'], { ...env, HOLDFAST_REDIS_PASSWORD: 'not-this-secret' })
    expect(await wrong.ended()).toMatchObject({
      code: 1,
      out: '',
      errors: ['holdfast status: refused: no permission (the server answered WRONGPASS)'],
    })
  })
})
