import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { program } from './program.ts'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface Identity {
  readonly cert: string
  readonly key: string
  /** The certificate of the authority that a server or client with this identity should trust. */
  readonly ca: string
}

/** Made for one test and valid for a day. `using` or `remove` takes the files away. */
export interface Certificates extends Disposable {
  /** The path of the private authority's own certificate: what a client of the server has to trust. */
  readonly ca: string
  /** For 127.0.0.1 and localhost. */
  readonly server: Identity
  /** By the same authority, for a host that is not this one. */
  readonly wrongHost: Identity
  /** For 127.0.0.1 and localhost, signed by an authority that nobody trusts. */
  readonly otherAuthority: Identity
  /** For mutual TLS. */
  readonly client: Identity
  /** For mutual TLS, signed by the authority that nobody trusts. */
  readonly strangeClient: Identity
  remove(): void
}

const here = 'subjectAltName=DNS:localhost,IP:127.0.0.1'

/** Makes a private certificate authority and what it has signed. */
export async function certificates(): Promise<Certificates> {
  const openssl = await program('openssl')
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-certificates-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  // Not the machine's own configuration, which may add extensions.
  const config = join(folder, 'openssl.cnf')
  writeFileSync(config, '[req]\ndistinguished_name = name\n[name]\n')

  const make = async (name: string, extension: string, signer?: Identity): Promise<Identity> => {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const signed = signer === undefined ? [] : ['-CA', signer.cert, '-CAkey', signer.key]
    const about = ['-subj', `/CN=${name}`, '-days', '1', '-addext', extension]
    const files = ['-config', config, '-keyout', key, '-out', cert]
    await run(openssl, ['req', '-x509', ...curve, ...about, ...signed, ...files])
    return { cert, key, ca: signer?.cert ?? cert }
  }

  const authority = 'basicConstraints=critical,CA:TRUE'
  const [trusted, other] = await Promise.all([make('trusted', authority), make('other', authority)])
  const [server, wrongHost, otherAuthority, client, strangeClient] = await Promise.all([
    make('server', here, trusted),
    make('wrong-host', 'subjectAltName=DNS:elsewhere.test', trusted),
    make('other-server', here, other),
    make('client', 'extendedKeyUsage=clientAuth', trusted),
    make('strange-client', 'extendedKeyUsage=clientAuth', other),
  ])
  const identities = { server, wrongHost, otherAuthority, client, strangeClient }
  return { ca: trusted.cert, ...identities, remove, [Symbol.dispose]: remove }
}
