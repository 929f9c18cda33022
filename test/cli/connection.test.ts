import { redisStore } from '@holdfast/redis'
import type { RedisStoreOptions } from '@holdfast/redis'
import { describe, expect, it } from 'vitest'
import { Desk } from './desk.ts'

const files = { 'ca.pem': 'an authority', 'my.pem': 'a certificate', 'my.key': 'a key' }

async function connectionOf(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RedisStoreOptions | undefined> {
  const desk = new Desk({ env, files })
  expect([await desk.run('status', ...args), desk.complaints]).toEqual([0, []])
  const [options] = desk.connections
  return options
}

async function complaintAbout(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  // Options are looked at when a store is made.
  const desk = new Desk({ env, files, connect: redisStore })
  expect(await desk.run('status', ...args)).toBe(2)
  return desk.complaints.join(' ')
}

describe('where the server is', () => {
  it('is said by an option, or by the environment', async () => {
    const env = { HOLDFAST_REDIS_URL: 'redis://one', REDIS_URL: 'redis://two' }
    expect(await connectionOf(['--url', 'redis://three'], env)).toMatchObject({ url: 'redis://three' })
    expect(await connectionOf([], env)).toMatchObject({ url: 'redis://one' })
    const { HOLDFAST_REDIS_URL: _, ...rest } = env
    const desk = new Desk({ env: rest })
    await desk.run('status')
    expect(desk.connections).toEqual([{ url: 'redis://127.0.0.1', commandTimeoutMs: 1_000 }])
  })

  it('may be sentinels or a cluster, with usual ports', async () => {
    const sentinels = ['--sentinel', 'one', '--sentinel', 'two:26380,[::1]:26381', '--master', 'main']
    expect(await connectionOf(sentinels)).toEqual({
      sentinels: {
        name: 'main',
        nodes: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 26_380 },
          { host: '::1', port: 26_381 },
        ],
      },
      commandTimeoutMs: 1_000,
    })
    expect(await connectionOf(['--cluster', 'one,two:7000', '--prefix', 'p', '--timeout', '2s'])).toEqual({
      cluster: {
        nodes: [
          { host: 'one', port: 6_379 },
          { host: 'two', port: 7_000 },
        ],
      },
      prefix: 'p',
      commandTimeoutMs: 2_000,
    })
  })

  it('takes credentials from the environment, where the URL has none', async () => {
    const env = { HOLDFAST_REDIS_USERNAME: 'ann', HOLDFAST_REDIS_PASSWORD: 'secret' }
    expect(await connectionOf(['--url', 'redis://one'], env)).toMatchObject({ username: 'ann' })
    expect(await connectionOf(['--url', 'redis://a:b@one'], env)).not.toHaveProperty('username')
    const theirs = { HOLDFAST_SENTINEL_PASSWORD: 'other' }
    expect(
      await connectionOf(['--sentinel', 'one', '--master', 'main'], { ...env, ...theirs }),
    ).toMatchObject({
      sentinels: { password: 'other' },
      username: 'ann',
      password: 'secret',
    })
  })

  it('is spoken to in TLS with the files that are named', async () => {
    const tls = ['--ca', 'ca.pem', '--cert', 'my.pem', '--key', 'my.key', '--servername', 'redis.test']
    expect(await connectionOf(tls)).toMatchObject({
      tls: {
        ca: Buffer.from('an authority'),
        cert: Buffer.from('a certificate'),
        key: Buffer.from('a key'),
        servername: 'redis.test',
      },
    })
    expect(await connectionOf(['--cluster', 'one', '--tls'])).toMatchObject({ tls: {} })
  })

  it.each([
    [['--url', 'redis://a', '--cluster', 'b'], '--url and --cluster exclude each other'],
    [['--sentinel', 'a'], '--sentinel and --master go together'],
    [['--master', 'a'], '--sentinel and --master go together'],
    [['--cluster', 'a:b'], '--cluster must be HOST:PORT'],
    [['--cluster', 'a:99999'], 'cluster.nodes[0].port must be a port'],
    [['--cert', 'my.pem'], '--cert and --key go together'],
    [['--ca', 'none.pem'], '--ca: the file cannot be read (ENOENT)'],
    [['--timeout', '61s'], '--timeout must be a duration from 10ms to 60s'],
    [['--prefix', 'a b'], 'prefix must be'],
  ])('%j makes no sense', async (args, line) => expect(await complaintAbout(args)).toContain(line))

  it('must be said', async () => {
    expect(await complaintAbout([], { HOLDFAST_REDIS_URL: '' })).toContain('no server is named')
  })

  it.each([
    ['status', '--url', 'http://ann:secret@one'],
    ['status', '--url', 'secret'],
    ['status', '--ulr', 'redis://ann:secret@one'],
    ['status', '--ulr=redis://ann:secret@one'],
    ['status', '--redis://ann:secret@one'],
    ['status', 'redis://ann:secret@one'],
    ['status', '--cluster', 'ann:secret@one:7000'],
    ['open', 'redis://ann:secret@one', 'b'],
  ])('is never repeated: %j', async (...args) => {
    const desk = new Desk({ connect: redisStore })
    expect(await desk.run(...args)).toBe(2)
    expect(desk.complaints.join(' ')).not.toMatch(/secret|ann/)
  })
})
