import { createHash } from 'node:crypto'
import { HoldfastConfigError } from '@holdfast/core'
import { checkOptions, flag, text } from '@holdfast/core/options'
import type { RequestLike } from './request.ts'

export interface HeaderKeyOptions {
  /** Takes a digest of the value in place of the value, for keys are in errors and events. Default false. */
  readonly digest?: boolean
}

const credentials = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key'])
const longestKey = 128
const longestDigested = 8_192
const keyCharacters = /^[\w.:@/+=~-]+$/

/**
 * Makes a key of a header, for what is known of the caller has been written there by somebody who can be trusted. At most
 * 128 letters, digits and `_.:@/+=~-`, or 8 192 characters of any kind with `digest`; whoever sends something else has no
 * key. Throws `HoldfastConfigError` for headers that carry credentials, unless they are digested.
 */
export function headerKey(
  name: string,
  options: HeaderKeyOptions = {},
): (request: RequestLike) => string | undefined {
  const { digest = false } = checkOptions('headerKey', options, { digest: flag })
  const demand = text(name)
  if (demand !== undefined) throw new HoldfastConfigError(`headerKey: the first argument must be ${demand}`)
  const header = name.toLowerCase()
  if (credentials.has(header) && !digest) {
    throw new HoldfastConfigError(
      `headerKey: ${header} is a secret, and keys are in errors and events; take a digest`,
    )
  }
  return ({ headers }) => {
    const value = headers[header]
    if (typeof value !== 'string' || value === '') return undefined
    if (digest) return value.length <= longestDigested ? digestOf(value) : undefined
    return value.length <= longestKey && keyCharacters.test(value) ? value : undefined
  }
}

/** 128 bits tell any number of callers apart. */
function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 22)
}
