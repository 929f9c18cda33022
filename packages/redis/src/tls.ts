import type { ConnectionOptions } from 'node:tls'
import { HoldfastConfigError } from '@holdfast/core'
import { members, refuse } from './check.ts'
import type { RedisTlsOptions } from './options.ts'

const known = [
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
] as const satisfies readonly (keyof RedisTlsOptions)[]

/** Members of Node's that would let a server be another than it says. */
const deceiving = ['rejectUnauthorized', 'checkServerIdentity']

export function tlsFrom(
  option: string,
  tls: true | RedisTlsOptions | undefined,
): RedisTlsOptions | undefined {
  if (tls === undefined) return undefined
  if (tls === true) return {}
  if (typeof tls !== 'object' || tls === null) return refuse(option, 'true or an object', tls)
  const deceived = deceiving.find((name) => Object.hasOwn(tls, name))
  if (deceived !== undefined) {
    throw new HoldfastConfigError(
      `redis: ${option}.${deceived} must be left out: certificates are always verified. ` +
        `Give a private authority as ${option}.ca, and a name that is not the host as ${option}.servername`,
    )
  }
  members(option, tls, known)
  return tls
}

/** As Node takes it. Said outright, because an environment variable would switch it off otherwise. */
export function connectionTls({ ca, ...rest }: RedisTlsOptions): ConnectionOptions {
  const authorities = typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...(ca ?? [])]
  return { ...rest, ...(ca !== undefined && { ca: authorities }), rejectUnauthorized: true }
}
