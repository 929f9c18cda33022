import { HoldfastConfigError } from '@holdfast/core'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { RedisStoreOptions } from './options.ts'
import { redisStore } from './redis-store.ts'
import { settingsFrom } from './settings.ts'

const url = 'redis://localhost'

/** What is said of options that do not fit. */
function complaint(options: unknown): string {
  try {
    // Wrong on purpose.
    redisStore(options as RedisStoreOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastConfigError)
    return (error as HoldfastConfigError).message
  }
  return 'none'
}

describe('options', () => {
  it('have defaults', async () => {
    const { prefix, commandTimeoutMs, place, tls, credentials } = settingsFrom({ url })
    expect({ prefix, commandTimeoutMs, place, tls }).toEqual({
      prefix: 'hf1',
      commandTimeoutMs: 250,
      place: { type: 'server', address: { host: 'localhost', port: 6379 }, database: 0 },
      tls: undefined,
    })
    expect(await credentials()).toEqual({})
  })

  it('take all that a URL may say', async () => {
    const { place, tls, credentials } = settingsFrom({ url: 'rediss://us%40er:pass%2Fword@[::1]:7000/3' })
    expect(place).toEqual({ type: 'server', address: { host: '::1', port: 7000 }, database: 3 })
    expect(tls).toEqual({})
    expect(await credentials()).toEqual({ username: 'us@er', password: 'pass/word' })
  })

  it('name one place', () => {
    const places = 'redis: one of url, sentinels, cluster, connection must be given'
    expect(complaint({})).toBe(`${places}, none is given`)
    expect(complaint({ url, cluster: { nodes: [] } })).toBe(`${places}, not url and cluster`)
  })

  it.each([
    [undefined, 'redis: options must be an object, not undefined'],
    [{ url, host: 'x' }, "unknown option 'host'"],
    [{ url, prefix: 'a{b' }, 'redis: prefix must be 1 to 32 letters, digits, _, ., : and -, not "a{b"'],
    [{ url, prefix: '' }, 'not ""'],
    [{ url, prefix: 'x'.repeat(33) }, 'redis: prefix must be'],
    [{ url, commandTimeoutMs: 9 }, 'must be a number of milliseconds from 10 to 60 000, not 9'],
    [{ url, commandTimeoutMs: 60_001 }, 'not 60001'],
    [{ url, commandTimeoutMs: Number.NaN }, 'not NaN'],
    [{ url, username: 'me' }, 'redis: password must be given with username'],
    [{ url, password: '' }, 'redis: password must be a string that is not empty'],
    [{ url, password: 'a', credentials: () => ({}) }, 'redis: credentials must be given once'],
    [{ url: 'redis://:a@localhost', password: 'b' }, 'redis: credentials must be given once'],
    [{ url, credentials: 'a' }, 'redis: credentials must be a function, not'],
    [
      { sentinels: { nodes: [{ host: 'a', port: 1 }] } },
      'redis: sentinels.name must be a string that is not empty',
    ],
    [{ sentinels: { name: 'a', nodes: [] } }, 'sentinels.nodes must be an array of at least one address'],
    [{ cluster: { nodes: [{ host: 'a', port: 0 }] } }, 'redis: cluster.nodes[0].port must be a port, not 0'],
    [{ cluster: { nodes: [{ host: '', port: 1 }] } }, 'redis: cluster.nodes[0].host must be'],
    [{ cluster: { nodes: ['a:1'] } }, 'redis: cluster.nodes[0] must be an object, not a string'],
    [
      { connection: () => new Redis({ lazyConnect: true }), tls: true },
      'redis: tls must be left to connection',
    ],
    [{ url, tls: false }, 'redis: tls must be true or an object, not false'],
    [{ url, tls: { rejectUnauthorized: false } }, 'redis: tls.rejectUnauthorized must be left out'],
    [{ url, tls: { checkServerIdentity: () => undefined } }, 'tls.checkServerIdentity must be left out'],
    [{ url, tls: { host: 'a' } }, "redis: tls: unknown option 'host'"],
  ])('%o do not fit', (options, said) => {
    expect(complaint(options)).toContain(said)
  })

  it.each([
    'http://me:secret@localhost',
    'redis://me:secret@localhost/x',
    'redis://me:secret@localhost?tls=no',
    'secret',
  ])('a URL that does not fit is not repeated: %s', (wrong) => {
    expect(complaint({ url: wrong })).toContain('redis: url must be redis://host:port/database')
    expect(complaint({ url: wrong })).not.toContain('secret')
  })

  it('a password in the wrong place is not repeated', () => {
    expect(complaint({ url, password: ['secret'] })).not.toContain('secret')
    expect(complaint({ url, credentials: 'secret' })).not.toContain('secret')
    expect(complaint({ url, sentinels: 'secret' })).not.toContain('secret')
    expect(complaint({ sentinels: 'secret' })).not.toContain('secret')
  })
})

describe('a client that the user makes', () => {
  const made = (connection: () => unknown): string => complaint({ connection })
  const lazy = { lazyConnect: true } as const

  it('is given the options that correctness depends on', () => {
    const client = new Redis({ ...lazy, autoResendUnfulfilledCommands: true, commandTimeout: 60_000 })
    expect(made(() => client)).toBe('none')
    expect(client.options).toMatchObject({
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 250,
      socketTimeout: 1_500,
    })
  })

  it('is refused where its options would change keys or replies, or let anybody be the server', () => {
    const refused = (options: object): string => made(() => new Redis({ ...lazy, ...options }))
    expect(refused({ keyPrefix: 'mine:' })).toContain('keyPrefix must be left out: use prefix')
    expect(refused({ stringNumbers: true })).toContain('stringNumbers')
    expect(refused({ readOnly: true })).toContain('readOnly')
    expect(refused({ tls: { rejectUnauthorized: false } })).toContain('tls must leave the verification')
    expect(refused({ sentinels: [{}], name: 'a', sentinelTLS: { rejectUnauthorized: false } })).toContain(
      'sentinelTLS',
    )
    expect(refused({ sentinels: [{}], name: 'a', role: 'slave' })).toContain("role must be 'master'")
  })

  it('is a new one each time, and of the kind that is known', () => {
    const client = new Redis(lazy)
    expect(made(() => client)).toBe('none')
    expect(made(() => client)).toBe('redis: connection must make a new client each time')
    const broken = (): never => {
      throw new Error('no')
    }
    expect(made(broken)).toBe('redis: connection must make a client, and has thrown')
    expect(made(() => ({ get: () => 1 }))).toBe(
      'redis: connection must make a Redis or a Cluster of ioredis 6',
    )
  })

  it('is refused where it is a cluster that would send twice, or wait', () => {
    const said = made(() => new Cluster([{ host: 'localhost', port: 1 }], lazy))
    expect(said).toBe(
      'redis: the cluster that connection makes must have redisOptions.autoResendUnfulfilledCommands: false, ' +
        'redisOptions.maxRetriesPerRequest: 0, redisOptions.commandTimeout: 250 or less, ' +
        'redisOptions.socketTimeout: 1500 or less, redisOptions.connectTimeout: 1000 or less, enableOfflineQueue: false',
    )
    const redisOptions = {
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 250,
      socketTimeout: 1_500,
      connectTimeout: 1_000,
    }
    const fit = { ...lazy, enableOfflineQueue: false, redisOptions }
    expect(made(() => new Cluster([{ host: 'localhost', port: 1 }], fit))).toBe('none')
  })
})
