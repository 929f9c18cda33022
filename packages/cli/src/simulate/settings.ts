import { usageError } from '../exit.ts'
import type { Given } from '../flags.ts'

/** What is to be different from what a file says. */
export interface Settings {
  /** By path. */
  readonly set: Readonly<Record<string, unknown>>
  readonly seed: number | undefined
}

export function settingsFrom(given: Given): Settings {
  return { set: Object.fromEntries(given.texts('set').map(settingIn)), seed: seedFrom(given.text('seed')) }
}

function settingIn(text: string): readonly [path: string, value: unknown] {
  const at = text.indexOf('=')
  if (at < 1) throw usageError('--set must be PATH=VALUE, such as clients.web.load.perSecond=50')
  return [text.slice(0, at), valueIn(text.slice(at + 1))]
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function seedFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seed = /^\d{1,16}$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(seed)) throw usageError('--seed must be a whole number from 0 on')
  return seed
}
