import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Who may see the status, and who may also force circuits. */
export interface Tokens {
  readonly viewer: string
  readonly operator: string
}

export type Role = keyof Tokens

interface Asking {
  readonly headers: IncomingHttpHeaders
}

/** Shorter ones can be guessed; `randomBytes(32).toString('base64url')` makes a good one. */
const shortest = 20

/** Tells by a bearer token (RFC 6750) who asks. Throws where a token is missing, too short or the same for both. */
export class Authentication {
  readonly #digests: readonly (readonly [Role, Buffer])[]

  constructor(tokens: Tokens) {
    for (const role of ['viewer', 'operator'] as const) {
      if ((tokens[role] ?? '').length >= shortest) continue
      throw new Error(`the token of the ${role} must have at least ${shortest} characters`)
    }
    if (tokens.viewer === tokens.operator) throw new Error('viewer and operator must have different tokens')
    this.#digests = [
      ['operator', digest(tokens.operator)],
      ['viewer', digest(tokens.viewer)],
    ]
  }

  /** Undefined for anybody else. */
  roleOf({ headers }: Asking): Role | undefined {
    const token = /^Bearer ([\w~+/.=-]{1,1000})$/i.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const given = digest(token)
    // Digests have one length, and every one is compared: time tells nothing of how much was right.
    const matching = this.#digests.filter(([, known]) => timingSafeEqual(known, given))
    return matching[0]?.[0]
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
