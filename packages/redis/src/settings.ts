import { HoldfastConfigError } from '@holdfast/core'
import { sourceOf } from './adopted.ts'
import type { ClientSource } from './adopted.ts'
import type { RedisAddress, RedisCredentials, RedisStoreOptions, RedisTlsOptions } from './options.ts'
import { member, members, refuse, text } from './check.ts'
import { tlsFrom } from './tls.ts'

/** Where to connect to. */
type Place =
  | { readonly type: 'server'; readonly address: RedisAddress; readonly database: number }
  | {
      readonly type: 'sentinels'
      readonly name: string
      readonly nodes: readonly RedisAddress[]
      readonly credentials: RedisCredentials
      readonly tls: RedisTlsOptions | undefined
    }
  | { readonly type: 'cluster'; readonly nodes: readonly RedisAddress[] }
  | ({ readonly type: 'connection' } & ClientSource)

/** Options that have been checked, with their defaults. */
export interface Settings {
  readonly place: Place
  readonly prefix: string
  readonly credentials: () => RedisCredentials | Promise<RedisCredentials>
  readonly tls: RedisTlsOptions | undefined
  readonly commandTimeoutMs: number
}

const defaultTimeoutMs = 250

const known = [
  'url',
  'sentinels',
  'cluster',
  'connection',
  'prefix',
  'username',
  'password',
  'credentials',
  'tls',
  'commandTimeoutMs',
] as const satisfies readonly (keyof RedisStoreOptions)[]

const places = ['url', 'sentinels', 'cluster', 'connection'] as const
const ofOwnConnections = ['username', 'password', 'credentials', 'tls'] as const

export function settingsFrom(options: RedisStoreOptions): Settings {
  const given = members('options', options, known)
  const chosen = places.filter((place) => given[place] !== undefined)
  if (chosen.length !== 1) {
    const found = chosen.length === 0 ? 'none is given' : `not ${chosen.join(' and ')}`
    throw new HoldfastConfigError(`redis: one of ${places.join(', ')} must be given, ${found}`)
  }
  const needless = ofOwnConnections.filter((option) => given[option] !== undefined)
  if (given['connection'] !== undefined && needless.length > 0) {
    throw new HoldfastConfigError(
      `redis: ${needless.join(', ')} must be left to connection, which makes the client`,
    )
  }
  const { prefix = 'hf1', commandTimeoutMs = defaultTimeoutMs } = options
  if (typeof prefix !== 'string' || !/^[A-Za-z0-9_.:-]{1,32}$/.test(prefix)) {
    throw new HoldfastConfigError(
      `redis: prefix must be 1 to 32 letters, digits, _, ., : and -, not ${JSON.stringify(prefix)}`,
    )
  }
  if (!Number.isFinite(commandTimeoutMs) || commandTimeoutMs < 10 || commandTimeoutMs > 60_000) {
    refuse('commandTimeoutMs', 'a number of milliseconds from 10 to 60 000', commandTimeoutMs)
  }
  const url = options.url === undefined ? undefined : partsOf(options.url)
  const tls = tlsFrom('tls', options.tls) ?? (url?.secure === true ? {} : undefined)
  const credentials = credentialsFrom(options, url)
  return { place: placeFrom(options, url), prefix, credentials, tls, commandTimeoutMs }
}

function placeFrom(options: RedisStoreOptions, url: UrlParts | undefined): Place {
  const { sentinels, cluster, connection } = options
  if (url !== undefined) return { type: 'server', address: url.address, database: url.database }
  if (sentinels !== undefined) {
    members('sentinels', sentinels, ['name', 'nodes', 'username', 'password', 'tls'])
    const name = text('sentinels.name', sentinels.name)
    const tls = tlsFrom('sentinels.tls', sentinels.tls)
    const nodes = addressesFrom('sentinels.nodes', sentinels.nodes)
    return { type: 'sentinels', name, nodes, credentials: fixed('sentinels.', sentinels), tls }
  }
  if (cluster !== undefined) {
    members('cluster', cluster, ['nodes'])
    return { type: 'cluster', nodes: addressesFrom('cluster.nodes', cluster.nodes) }
  }
  if (typeof connection !== 'function')
    return refuse('connection', 'a function that makes a client', connection)
  return { type: 'connection', ...sourceOf(connection, options.commandTimeoutMs ?? defaultTimeoutMs) }
}

function credentialsFrom(options: RedisStoreOptions, url: UrlParts | undefined): Settings['credentials'] {
  const { credentials } = options
  const own = fixed('', options)
  const ways = [own, url?.credentials ?? {}].filter(
    (way) => way.username !== undefined || way.password !== undefined,
  )
  if (ways.length + (credentials === undefined ? 0 : 1) > 1) {
    throw new HoldfastConfigError(
      'redis: credentials must be given once: in url, as username and password, or by credentials',
    )
  }
  if (credentials === undefined) return () => ways[0] ?? {}
  if (typeof credentials !== 'function') return refuse('credentials', 'a function', credentials)
  return credentials
}

function fixed(before: string, { username, password }: RedisCredentials): RedisCredentials {
  if (username !== undefined && (typeof username !== 'string' || username === '')) {
    throw new HoldfastConfigError(`redis: ${before}username must be a string that is not empty`)
  }
  if (password !== undefined && (typeof password !== 'string' || password === '')) {
    throw new HoldfastConfigError(`redis: ${before}password must be a string that is not empty`)
  }
  if (username !== undefined && password === undefined) {
    throw new HoldfastConfigError(`redis: ${before}password must be given with ${before}username`)
  }
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

function addressesFrom(option: string, nodes: readonly RedisAddress[]): readonly RedisAddress[] {
  if (!Array.isArray(nodes) || nodes.length === 0)
    return refuse(option, 'an array of at least one address', nodes)
  return nodes.map((node: RedisAddress, index) => {
    const { host, port } = node ?? {}
    members(`${option}[${index}]`, node, ['host', 'port'])
    member(`${option}[${index}].port`, Number.isInteger(port) && port > 0 && port < 65_536, 'a port', port)
    return { host: text(`${option}[${index}].host`, host), port }
  })
}

interface UrlParts {
  readonly address: RedisAddress
  readonly database: number
  readonly credentials: RedisCredentials
  readonly secure: boolean
}

/** What is wrong with a URL is said without it, for it may hold a password. */
function partsOf(url: string): UrlParts {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const database = /^\/?(\d{0,5})$/.exec(parsed?.pathname ?? '-')?.[1]
  const ours = parsed?.protocol === 'redis:' || parsed?.protocol === 'rediss:'
  if (
    parsed === undefined ||
    !ours ||
    parsed.hostname === '' ||
    database === undefined ||
    parsed.search !== ''
  ) {
    throw new HoldfastConfigError(
      'redis: url must be redis://host:port/database or rediss://host:port/database, without a query; ' +
        'what was given is not shown, since it may hold a password',
    )
  }
  const [username, password] = [decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)]
  return {
    address: { host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(parsed.port || 6379) },
    database: Number(database),
    credentials: { ...(username !== '' && { username }), ...(password !== '' && { password }) },
    secure: parsed.protocol === 'rediss:',
  }
}
