import { checkOptions, durationMs, HoldfastConfigError, oneOf, required, show, text } from '../check.ts'

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

const stateRule = oneOf('open', 'closed')

const rules = { reason: text, forMs: durationMs() }

/** Checks what an operator says. */
export function overrideFrom(
  name: string,
  state: 'open' | 'closed',
  options: OverrideOptions,
  now: number,
): Override {
  const { reason, forMs = Infinity } = checkOptions(`${name}.override`, options, rules)
  const demand = stateRule(state)
  if (demand !== undefined) {
    throw new HoldfastConfigError(`${name}.override: state must be ${demand}, not ${show(state)}`)
  }
  required(`${name}.override`, 'reason', reason, 'why, for those who see it')
  return { state, reason, until: now + forMs }
}
