import { HoldfastConfigError } from '../check.ts'
import { longestService } from './protocol/message.ts'

const plain = /^[A-Za-z0-9_.-]{1,64}$/
const longest = 128

interface Crypto {
  createHash(algorithm: 'sha256'): { update(text: string): { digest(encoding: 'hex'): string } }
}

/**
 * The id of a shared object, for keys and channels: its names with slashes between, such as `inventory/circuit-breaker`,
 * if they are plain; else `~` and a digest. Nothing that has a meaning in a key, a pattern or a message gets through.
 */
export function objectId(names: readonly string[]): string {
  const readable = names.join('/')
  if (readable.length <= longest && names.every((name) => plain.test(name))) return readable
  // A slash within a name must not pass for one between names.
  return `~${digest(names.map(withoutSlash).join('/')).slice(0, 32)}`
}

/** Half a character, which names from outside may hold, has no code of its own there. */
function withoutSlash(name: string): string {
  return name
    .split(/(\p{Surrogate})/u)
    .map(encoded)
    .join('')
}

function encoded(part: string): string {
  return part.isWellFormed() ? encodeURIComponent(part) : `%u${part.charCodeAt(0).toString(16)}`
}

/** The id of a service whose endpoints are told of in the same message, so that it has to be shorter. */
export function serviceId(names: readonly string[]): string {
  const id = objectId(names)
  return id.length <= longestService ? id : objectId([id])
}

/** The same names for people: in the audit and on the screen. */
export function objectName(names: readonly string[]): string {
  return names.join('/')
}

function digest(text: string): string {
  // The type that Node gives it is wider than what is used.
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto') as Crypto | undefined
  if (crypto === undefined) {
    throw new HoldfastConfigError(
      `share: a name must be at most 64 letters, digits and _.- where node:crypto is missing, not ${text}`,
    )
  }
  return crypto.createHash('sha256').update(text).digest('hex')
}
