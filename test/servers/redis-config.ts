import { join } from 'node:path'

/** Paths of PEM files, as {@link certificates} makes them. */
export interface ServerTls {
  /** Who signed what the other side shows. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** Whether clients have to show a certificate of the same authority. Default false. */
  readonly clientCertificate?: boolean
}

export interface RedisServerOptions {
  /** Further lines of the configuration file; the last line of a name counts. */
  readonly config?: readonly string[]
  /** The text of an ACL file. Without it the default user may do everything. */
  readonly acl?: string
  /** The password of the default user, who may do everything. */
  readonly password?: string
  /** Makes the port one that speaks TLS only. */
  readonly tls?: ServerTls
  /** A sentinel keeps no data; its configuration says whom to watch. Default 'server'. */
  readonly mode?: 'server' | 'sentinel'
}

/** The user with whom tests look in, and servers talk to each other, whatever the ACL of the test says. */
export const administrator = { name: 'test-administrator', password: 'test-administrator' } as const

/** Whether the administrator exists: where nobody is kept out, the default user does. */
export function hasUsers({ acl, password }: RedisServerOptions): boolean {
  return acl !== undefined || password !== undefined
}

export function usersFile({ acl = '', password }: RedisServerOptions): string {
  const everything = '~* &* +@all'
  const main = password === undefined ? '' : `user default on >${password} ${everything}\n`
  return `${main}user ${administrator.name} on >${administrator.password} ${everything}\n${acl}\n`
}

export function configLines(port: number, folder: string, options: RedisServerOptions): readonly string[] {
  const { config = [], mode = 'server', tls } = options
  return [
    ...(tls === undefined ? [`port ${port}`] : tlsLines(port, tls)),
    'bind 127.0.0.1',
    `dir ${folder}`,
    ...(hasUsers(options) ? [`aclfile ${join(folder, 'users.acl')}`] : []),
    ...(mode === 'server' ? dataLines(options) : []),
    ...config,
  ]
}

/** Nothing is kept on disk, and a replica need not wait for others to come. */
function dataLines(options: RedisServerOptions): readonly string[] {
  const link = [`masteruser ${administrator.name}`, `masterauth ${administrator.password}`]
  return [
    'save ""',
    'appendonly no',
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 0',
    ...(hasUsers(options) ? link : []),
  ]
}

function tlsLines(port: number, { ca, cert, key, clientCertificate = false }: ServerTls): readonly string[] {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${ca}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-auth-clients ${clientCertificate ? 'yes' : 'no'}`,
    'tls-replication yes',
  ]
}
