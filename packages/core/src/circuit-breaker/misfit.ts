import { allowedMs, hiddenErrors } from '../check-composition.ts'
import type { Part } from '../policy.ts'
import type { Settings } from './options.ts'

/** What is wrong with a breaker of such settings around such parts; undefined where nothing is. */
export function misfit(name: string, settings: Settings, inner: readonly Part[]): string | undefined {
  const { isFailure, tripWhen, slowCallMs, mode } = settings
  if (mode === 'off') return undefined
  const errorsAlone = isFailure === undefined && tripWhen === undefined && slowCallMs === Infinity
  const hidden = errorsAlone ? hiddenErrors(name, inner) : undefined
  return hidden ?? shortWindow(name, settings, inner)
}

function shortWindow(name: string, { window }: Settings, inner: readonly Part[]): string | undefined {
  const attempt = inner.map(allowedMs).find((each) => each !== undefined)
  if (window.type !== 'time' || attempt === undefined) return undefined
  const { durationMs = 10_000 } = window
  if (durationMs >= 2 * attempt) return undefined
  return `the window of '${name}' is ${durationMs} ms, shorter than two attempts of ${attempt} ms, so timeouts leave it before they add up; make it at least ${2 * attempt} ms`
}
