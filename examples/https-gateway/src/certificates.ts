import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import {
  bits,
  identifier,
  integer,
  octets,
  sequence,
  set,
  tagged,
  taggedBytes,
  text,
  time,
  truth,
} from './der.ts'

/** A certificate with its key, as PEM texts. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

/**
 * A private certificate authority for one run of the example: in earnest, this is what your own authority gives you.
 * What it signs is valid for a day.
 */
export class Authority {
  readonly #name: string
  readonly #keys = newKeys()
  /** What those have to trust who talk to anybody with an identity of it. */
  readonly cert: string

  constructor(name: string) {
    this.#name = name
    const isAuthority = extension('2.5.29.19', sequence(truth()), true)
    const mayOnlySign = extension('2.5.29.15', bits(Buffer.from([0b0000_0100]), 2), true)
    this.cert = certificate(
      name,
      this.#keys.publicKey,
      [isAuthority, mayOnlySign],
      name,
      this.#keys.privateKey,
    )
  }

  /** For a server on this machine. */
  server(name: string): Identity {
    const hosts = sequence(
      taggedBytes(2, Buffer.from('localhost')),
      taggedBytes(7, Buffer.from([127, 0, 0, 1])),
    )
    return this.#identity(name, extension('2.5.29.17', hosts))
  }

  /** For a client, in mutual TLS. */
  client(name: string): Identity {
    return this.#identity(name, extension('2.5.29.37', sequence(identifier('1.3.6.1.5.5.7.3.2'))))
  }

  #identity(name: string, special: Buffer): Identity {
    const { publicKey, privateKey } = newKeys()
    const cert = certificate(name, publicKey, [special], this.#name, this.#keys.privateKey)
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'))
const dayMs = 24 * 3_600_000

/** RFC 5280, 4.1. */
function certificate(
  subject: string,
  key: KeyObject,
  extensions: readonly Buffer[],
  issuer: string,
  signer: KeyObject,
): string {
  const now = Date.now()
  // A little in the past, for clocks that differ.
  const validity = sequence(time(new Date(now - 3_600_000)), time(new Date(now + dayMs)))
  const content = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer),
    validity,
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  )
  const der = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, signer)))
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(identifier('2.5.4.3'), text(commonName))))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(identifier(id), ...(critical ? [truth()] : []), octets(value))
}
