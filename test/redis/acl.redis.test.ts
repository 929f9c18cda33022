import { readdirSync, readFileSync } from 'node:fs'
import type { Answer } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { scripts } from '../../packages/redis/src/scripts.ts'
import { eventually, redisCluster, redisServer, sentinelSet } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'
import { flushOf, requests } from './requests.ts'

type User = 'holdfast-application' | 'holdfast-operator'

function fileOf(name: string): string {
  const text = readFileSync(new URL(`../../packages/redis/acl/${name}.acl`, import.meta.url), 'utf8')
  return `user default off\n${text}`
}

function listening(server: RedisServer, username: User): Listening {
  return new Listening({ url: `redis://127.0.0.1:${server.port}`, username, password: 'change-me' })
}

/** The kinds of request that have a script, with an answer for each. */
async function answersTo(one: Listening, kinds: readonly Request['type'][]): Promise<Record<string, string>> {
  const known = kinds.filter((kind) => kind in scripts)
  const answers = await one.store.send(known.map((kind) => requests[kind]))
  const said = (answer: Answer): string => (answer.type === 'failure' ? answer.message : answer.type)
  return Object.fromEntries(answers.map((answer, index) => [known[index], said(answer)]))
}

/** Each kind with itself: what `answersTo` gives where all are served. */
function served(kinds: readonly Request['type'][]): Record<string, string> {
  return Object.fromEntries(kinds.filter((kind) => kind in scripts).map((kind) => [kind, kind]))
}

const all = Object.keys(requests) as Request['type'][] // the keys of `requests` are the kinds
const ofOperators = ['control', 'inspect', 'registry', 'health-look'] as const
const onlyOfOperators = ['control', 'inspect', 'registry'] as const
const ofApplications = all.filter((kind) => !onlyOfOperators.some((only) => only === kind))

/** What the server says to commands of a user: `done` where it has carried one out. */
async function said(
  server: RedisServer,
  username: User,
  commands: readonly (readonly string[])[],
): Promise<string[]> {
  const client = new Redis({
    port: server.port,
    username,
    password: 'change-me',
    lazyConnect: true,
    disableClientInfo: true,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = await Promise.allSettled(
      commands.map(([name = '', ...args]) => client.call(name, ...args)),
    )
    return results.map((result, index) => {
      const refused =
        result.status === 'rejected' &&
        /NOPERM|can't (run|access|publish)|no permission/i.test(String(result.reason))
      const other = result.status === 'rejected' ? String(result.reason) : 'done'
      return `${commands[index]?.join(' ')}: ${refused ? 'refused' : other}`
    })
  } finally {
    client.disconnect()
  }
}

function refusedAll(commands: readonly (readonly string[])[]): string[] {
  return commands.map((command) => `${command.join(' ')}: refused`)
}

const foreign = [
  ['GET', 'foreign'],
  ['HSET', 'hf2:{b:a}:c', 'e', '1'],
  ['HSET', 'hf1:{b:a}:x', 'e', '1'],
  ['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', 'foreign'],
  ['EVAL', "return redis.call('SET', ARGV[1], '1')", '1', 'hf1:{b:a}:c', 'foreign'],
  ['SUBSCRIBE', 'foreign'],
  ['SUBSCRIBE', '__keyspace@0__:foreign'],
  ['PSUBSCRIBE', '*'],
  ['PUBLISH', 'foreign', '1'],
  ['EVAL', "return redis.call('PUBLISH', 'foreign', '1')", '0'],
  ['FLUSHALL'],
  ['EVAL', "return redis.call('FLUSHALL')", '0'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['SCRIPT', 'LOAD', 'return 1'],
  ['SCRIPT', 'FLUSH'],
  ['CONFIG', 'GET', '*'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLUSTER', 'RESET'],
  ['ACL', 'LIST'],
  ['OBJECT', 'HELP'],
  ['MONITOR'],
  ['SHUTDOWN'],
]

const overriding = [
  ['HSET', 'hf1:{b:a}:o', 'ov', '1'],
  ['DEL', 'hf1:{b:a}:o'],
  ['PEXPIRE', 'hf1:{b:a}:o', '1'],
  ['EVAL', "return redis.call('HSET', KEYS[1], 'ov', '1')", '1', 'hf1:{b:a}:o'],
  ['EVAL', "return redis.call('HSET', ARGV[1], 'ov', '1')", '1', 'hf1:{b:a}:c', 'hf1:{b:a}:o'],
  ['XADD', 'hf1:{b:a}:a', '*', 'by', 'nobody'],
  ['EVAL', "return redis.call('DEL', ARGV[1])", '1', 'hf1:{b:a}:c', 'hf1:{b:a}:a'],
]

describe('an application', () => {
  it('does all that it has to, and nothing else', async () => {
    await using server = await redisServer({ acl: fileOf('application') })
    await using one = listening(server, 'holdfast-application')
    await one.connected()
    expect(await answersTo(one, ofApplications)).toEqual(served(ofApplications))
    await eventually('its own trip is pushed to it', () => one.pushed.some((text) => text.startsWith('1|a|')))
    expect(await said(server, 'holdfast-application', foreign)).toEqual(refusedAll(foreign))
    expect(await said(server, 'holdfast-application', overriding)).toEqual(refusedAll(overriding))
    for (const kind of onlyOfOperators) {
      expect(await one.ask(requests[kind])).toMatchObject({ reason: 'no permission' })
    }
    expect(await server.command('EXISTS', 'hf1:{b:a}:o', 'hf1:{b:a}:a')).toBe(0)
    const log = await server.command('ACL', 'LOG')
    expect(JSON.stringify(log)).not.toContain('setinfo')
  })

  it('finds its master through sentinels, as a user there too', async () => {
    const acl = fileOf('application')
    await using set = await sentinelSet({ acl, sentinelAcl: fileOf('sentinel') })
    const sentinels = {
      name: set.masterName,
      nodes: set.addresses,
      username: 'holdfast',
      password: 'change-me',
    }
    await using one = new Listening({ sentinels, username: 'holdfast-application', password: 'change-me' })
    await one.connected()
    expect(await answersTo(one, ofApplications)).toEqual(served(ofApplications))
    const failover = set.failover()
    await one.connected(2)
    await failover
    expect(await one.look('a')).toBe('look')
  })

  it('finds the nodes of a cluster, and what has moved between them', async () => {
    await using cluster = await redisCluster({ replicas: 0, acl: fileOf('application') })
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
    await using one = new Listening({
      cluster: { nodes },
      username: 'holdfast-application',
      password: 'change-me',
    })
    await one.connected()
    expect(await answersTo(one, ofApplications)).toEqual(served(ofApplications))
    const slot = await cluster.keySlot('hf1:{b:a}:c')
    const owner = await cluster.ownerOf(slot)
    const target = cluster.nodes.find((node) => node !== owner)
    if (target === undefined) throw new Error('no other node')
    const migration = await cluster.migrateSlot(slot, target)
    await migration.moveKeys()
    expect(await one.look('a')).toBe('look')
    await migration.finish()
    expect(await one.look('a')).toBe('look')
  })
})

describe('an operator', () => {
  const tampering = [
    ['XDEL', 'hf1:{b:a}:a', '1-1'],
    ['XTRIM', 'hf1:{b:a}:a', 'MAXLEN', '0'],
    ['DEL', 'hf1:{b:a}:a'],
    ['DEL', 'hf1:{b:a}:o'],
    ['HSET', 'hf1:{b:a}:c', 'st', '1'],
    ['EVAL', "return redis.call('HSET', ARGV[1], 'st', '1')", '1', 'hf1:{b:a}:a', 'hf1:{b:a}:c'],
    ['ZADD', 'hf1:{b:a}:p', '1', 'x'],
    ['HSET', 'hf1:{b:a}:i', 'x', '1'],
  ]

  it('sets overrides and reads, and nothing else', async () => {
    await using server = await redisServer({ acl: fileOf('operator') })
    await using one = listening(server, 'holdfast-operator')
    await one.connected()
    expect(await answersTo(one, ofOperators)).toEqual(served(ofOperators))
    await eventually('the override is pushed', () => one.pushed.some((text) => text.includes('override')))
    expect(await one.ask(flushOf('a', 1))).toMatchObject({ reason: 'no permission' })
    expect(await said(server, 'holdfast-operator', [['XRANGE', 'hf1:{b:a}:a', '-', '+']])).toEqual([
      'XRANGE hf1:{b:a}:a - +: done',
    ])
    expect(await said(server, 'holdfast-operator', foreign)).toEqual(refusedAll(foreign))
    expect(await said(server, 'holdfast-operator', tampering)).toEqual(refusedAll(tampering))
  })
})

describe('the file for servers before 7', () => {
  it('keeps both from what is foreign, and cannot keep an application from overriding', async () => {
    await using server = await redisServer({ acl: fileOf('redis-6.2') })
    await using application = listening(server, 'holdfast-application')
    await using operator = listening(server, 'holdfast-operator')
    await Promise.all([application.connected(), operator.connected()])
    expect(await answersTo(application, ofApplications)).toEqual(served(ofApplications))
    expect(await answersTo(operator, ofOperators)).toEqual(served(ofOperators))
    expect(await said(server, 'holdfast-application', foreign)).toEqual(refusedAll(foreign))
    expect(await said(server, 'holdfast-operator', foreign)).toEqual(refusedAll(foreign))
    const [first = ''] = await said(server, 'holdfast-application', overriding)
    expect(first).toBe('HSET hf1:{b:a}:o ov 1: done')
    expect(await application.ask(requests.control)).toMatchObject({ reason: 'no permission' })
  })
})

/** The commands that the scripts name. */
function named(texts: readonly string[]): ReadonlySet<string> {
  const names = texts.flatMap((text) =>
    [...text.matchAll(/call\(\s*'([A-Z]+)'/g)].map(([, name = '']) => name),
  )
  return new Set(names.map((name) => name.toLowerCase()))
}

/** The commands that a file allows, but for those that connecting takes. */
function allowedBy(file: string): ReadonlySet<string> {
  const connecting =
    /^\+(hello|auth|ping|info|client\|setname|eval|evalsha|subscribe|unsubscribe|cluster\|\w+|readonly|asking)$/
  const words = fileOf(file).split(/\s/)
  return new Set(
    words.filter((word) => word.startsWith('+') && !connecting.test(word)).map((word) => word.slice(1)),
  )
}

it('an application is allowed the commands that scripts name, and no others', () => {
  const folder = new URL('../../packages/redis/src/scripts/', import.meta.url)
  const ofOthers = ['control.lua', 'inspect.lua']
  const files = readdirSync(folder).filter((file) => file.endsWith('.lua') && !ofOthers.includes(file))
  const used = named(files.map((file) => readFileSync(new URL(file, folder), 'utf8')))
  expect([...allowedBy('application')].toSorted()).toEqual([...used].toSorted())
})

it('an operator is allowed those of the scripts for operators, and to read the audit and the health of services', () => {
  const used = named(['control', 'inspect', 'registry'].map((name) => scripts[name] ?? ''))
  const reading = ['xrange', 'hgetall']
  expect([...allowedBy('operator')].toSorted()).toEqual([...new Set([...used, ...reading])].toSorted())
})
