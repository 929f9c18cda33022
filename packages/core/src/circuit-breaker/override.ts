import { checkOptions, durationMs, HoldfastConfigError, oneOf, text } from '../check.ts'

export interface OverrideOptions {
  readonly reason: string
  /** Milliseconds after which it ends by itself. Default: never. */
  readonly forMs?: number
}

export interface Override {
  readonly state: 'open' | 'closed'
  readonly reason: string
  /** On the pipeline's clock; `Infinity` where it does not end by itself. */
  readonly until: number
}

const rules = { state: oneOf('open', 'closed'), reason: text, forMs: durationMs() }

/** Checks what an operator says. */
export function overrideFrom(
  name: string,
  state: 'open' | 'closed',
  options: OverrideOptions,
  now: number,
): Override {
  checkOptions(`${name}.override`, { state, ...options }, rules)
  if (options.reason === undefined) throw new HoldfastConfigError(`${name}: an override needs a reason`)
  return { state, reason: options.reason, until: now + (options.forMs ?? Infinity) }
}
