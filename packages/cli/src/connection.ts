import type { RedisAddress, RedisCredentials, RedisStoreOptions, RedisTlsOptions } from '@holdfast/redis'
import { parseDuration } from './duration.ts'
import { usageError } from './exit.ts'
import type { Flags, Given } from './flags.ts'
import type { Surroundings } from './surroundings.ts'

export const connectionFlags: Flags = {
  url: { type: 'string', value: 'URL', help: 'one server: redis://host:port/database, rediss://… for TLS' },
  sentinel: { type: 'string', multiple: true, value: 'HOST:PORT', help: 'a sentinel; may be repeated' },
  master: { type: 'string', value: 'NAME', help: 'what the sentinels call the master' },
  cluster: {
    type: 'string',
    multiple: true,
    value: 'HOST:PORT',
    help: 'a node of a cluster; may be repeated',
  },
  prefix: { type: 'string', value: 'PREFIX', help: 'what all keys begin with; default hf1' },
  tls: { type: 'boolean', help: 'speak TLS with sentinels’ masters and clusters; also implied by --ca' },
  ca: { type: 'string', value: 'FILE', help: 'who may have signed the server’s certificate, in PEM' },
  cert: { type: 'string', value: 'FILE', help: 'the certificate to show to the server, in PEM' },
  key: { type: 'string', value: 'FILE', help: 'the key of that certificate, in PEM' },
  servername: {
    type: 'string',
    value: 'NAME',
    help: 'whom the certificate is for, where that is not the host',
  },
  timeout: { type: 'string', value: 'DURATION', help: 'for connecting, and for each answer; default 1s' },
}

const defaultTimeoutMs = 1_000
const longestTimeoutMs = 60_000

/** Where the server is, from options and the environment; options go first. */
export function storeOptionsFrom(given: Given, around: Surroundings): RedisStoreOptions {
  const tls = tlsFrom(given, around)
  const prefix = given.text('prefix')
  return {
    ...placeFrom(given, around, tls),
    ...(prefix !== undefined && { prefix }),
    ...(tls !== undefined && { tls }),
    commandTimeoutMs: timeoutFrom(given),
  }
}

export function timeoutFrom(given: Given): number {
  const text = given.text('timeout')
  const ms = text === undefined ? defaultTimeoutMs : parseDuration(text)
  if (ms === undefined || ms < 10 || ms > longestTimeoutMs) {
    throw usageError('--timeout must be a duration from 10ms to 60s')
  }
  return ms
}

function placeFrom(given: Given, { env }: Surroundings, tls: RedisTlsOptions | undefined): RedisStoreOptions {
  const [sentinels, nodes] = [given.list('sentinel'), given.list('cluster')]
  const chosen = ['url', 'sentinel', 'cluster'].filter((flag) => given.has(flag))
  if (chosen.length > 1) throw usageError(`--${chosen.join(' and --')} exclude each other`)
  const own = credentialsIn(env, 'HOLDFAST_REDIS')
  if (nodes.length > 0) {
    return { cluster: { nodes: nodes.map((node) => addressIn('--cluster', node, 6_379)) }, ...own }
  }
  const name = given.text('master')
  if (sentinels.length > 0 && name !== undefined) {
    const addresses = sentinels.map((node) => addressIn('--sentinel', node, 26_379))
    const theirs = { ...credentialsIn(env, 'HOLDFAST_SENTINEL'), ...(tls !== undefined && { tls }) }
    return { sentinels: { name, nodes: addresses, ...theirs }, ...own }
  }
  if (sentinels.length > 0 || name !== undefined) throw usageError('--sentinel and --master go together')
  const url = given.text('url') ?? env['HOLDFAST_REDIS_URL'] ?? env['REDIS_URL']
  if (url === undefined || url === '') {
    throw usageError('no server is named', 'give --url, HOLDFAST_REDIS_URL or REDIS_URL')
  }
  return { url, ...(hasCredentials(url) ? {} : own) }
}

function hasCredentials(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed !== undefined && parsed.username + parsed.password !== ''
}

function credentialsIn(env: Surroundings['env'], before: string): RedisCredentials {
  const [username, password] = [env[`${before}_USERNAME`], env[`${before}_PASSWORD`]]
  return { ...(username && { username }), ...(password && { password }) }
}

function addressIn(option: string, text: string, usualPort: number): RedisAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:@/\s]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  if (host === undefined)
    throw usageError(`${option} must be HOST:PORT; credentials come from the environment`)
  return { host, port: port === undefined ? usualPort : Number(port) }
}

function tlsFrom(given: Given, around: Surroundings): RedisTlsOptions | undefined {
  const files = ['ca', 'cert', 'key'].filter((flag) => given.has(flag))
  if (given.has('cert') !== given.has('key')) throw usageError('--cert and --key go together')
  const servername = given.text('servername')
  if (files.length === 0 && servername === undefined && !given.has('tls')) return undefined
  const read = files.map((flag) => [flag, fileOf(flag, given.text(flag) ?? '', around)])
  return { ...Object.fromEntries(read), ...(servername !== undefined && { servername }) }
}

function fileOf(flag: string, path: string, around: Surroundings): Buffer {
  try {
    return around.read(path)
  } catch (error) {
    const { code = 'unknown' } = error as { readonly code?: string }
    throw usageError(`--${flag}: the file cannot be read (${code})`)
  }
}
