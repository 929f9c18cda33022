import { expect, it } from 'vitest'
import { redisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'

const everything = '~* &* +@all'

it('a user gets in with the password, in the URL or beside it', async () => {
  await using server = await redisServer({ acl: `user default off\nuser app on >se%2Fcret ${everything}` })
  const bare = `redis://127.0.0.1:${server.port}`
  await using beside = new Listening({ url: bare, username: 'app', password: 'se%2Fcret' })
  await using within = new Listening({ url: `redis://app:se%252Fcret@127.0.0.1:${server.port}` })
  await beside.connected()
  await within.connected()
  expect([await beside.look('a'), await within.look('a')]).toEqual(['look', 'look'])
})

it('a wrong password is said to be one, without what it is', async () => {
  await using server = await redisServer({ password: 'right-password' })
  await using one = new Listening({ url: `redis://127.0.0.1:${server.port}`, password: 'wrong-password' })
  await using nobody = new Listening({ url: `redis://127.0.0.1:${server.port}` })
  expect(await one.refused()).toEqual({
    type: 'failure',
    reason: 'no permission',
    message: 'the server answered WRONGPASS',
  })
  expect(await nobody.refused()).toMatchObject({
    reason: 'no permission',
    message: 'the server answered NOAUTH',
  })
  expect(await one.look('a')).toBe('no permission')
})

it('a password that changes is asked for anew', async () => {
  await using server = await redisServer({ acl: `user default off\nuser app on >first ${everything}` })
  const url = `redis://127.0.0.1:${server.port}`
  let password = 'first'
  let asked = 0
  const credentials = async (): Promise<{ username: string; password: string }> => {
    asked++
    return { username: 'app', password }
  }
  await using one = new Listening({ url, credentials })
  await one.connected()
  await server.command('ACL', 'SETUSER', 'app', 'resetpass', '>second')
  expect(await one.look('a')).toBe('look')
  await server.command('CLIENT', 'KILL', 'USER', 'app')
  expect((await one.refused()).reason).toBe('no permission')
  password = 'second'
  await one.connected(2)
  expect(await one.look('a')).toBe('look')
  expect(asked).toBeGreaterThan(2)
})

it('what the credentials function throws is not repeated', async () => {
  await using server = await redisServer()
  const credentials = (): never => {
    throw new Error('vault said s3cret')
  }
  await using one = new Listening({ url: server.url, credentials })
  expect(await one.look('a')).toBe('unreachable')
  expect(JSON.stringify(one.failures)).not.toContain('s3cret')
})

it('a credentials function that never answers does not keep a store from closing', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url, credentials: () => new Promise(() => {}) })
  const start = performance.now()
  await one.store.close()
  expect(performance.now() - start).toBeLessThan(170)
})
