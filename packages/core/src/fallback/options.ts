import type { Call, Endpoint } from '../call.ts'
import { checkEndpoints } from '../check-endpoints.ts'
import { callable, checkOptions, givenOptions, HoldfastConfigError, partRules } from '../check.ts'
import type { Rule } from '../check.ts'
import type { Outcome } from '../outcome.ts'

interface CommonOptions {
  readonly name?: string
  /** Which outcomes are replaced. Default: every error. What it throws is what the caller hears. */
  readonly when?: (outcome: Outcome) => boolean
}

export interface EndpointOptions extends CommonOptions {
  /** Where else to try, in order; the first is where every call begins. */
  readonly endpoints: readonly Endpoint[]
}

export type AnswerOptions = CommonOptions &
  ({ readonly value: unknown } | { readonly run: (error: unknown, call: Call) => unknown })

/** What to answer instead: exactly one of the three. */
export type FallbackOptions = AnswerOptions | EndpointOptions

const anything: Rule = () => undefined

const someEndpoints: Rule = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'an array of at least one { id }'

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  when: callable,
  value: anything,
  run: callable,
  endpoints: someEndpoints,
}

/** Checks the options; returns a copy. */
export function checkFallback(name: string, given: FallbackOptions): FallbackOptions {
  // They stay what they are: a `value` may be there and undefined, anything else that is undefined is left out.
  const checked = present(checkOptions(name, given, rules)) as FallbackOptions
  const found = answersIn(checked)
  if (found.length !== 1) {
    const not = found.length === 0 ? 'none' : found.join(' and ')
    throw new HoldfastConfigError(`${name}: give exactly one of value, run and endpoints, not ${not}`)
  }
  if (!('endpoints' in checked)) return checked
  return { ...checked, endpoints: checkEndpoints(name, 'endpoints', checked.endpoints) }
}

function present(options: object): object {
  const members = Object.entries(options)
  return Object.fromEntries(members.filter(([option, value]) => option === 'value' || value !== undefined))
}

function answersIn(options: object): readonly string[] {
  return ['value', 'run', 'endpoints'].filter((answer) => answer in options)
}

/** The options after an update: a new answer takes the old one's place. */
export function revised<Options extends FallbackOptions>(
  name: string,
  now: Options,
  options: object,
): Options {
  const { name: ownName, when } = now
  const kept = answersIn(present(options)).length > 0 ? givenOptions(name, { name: ownName, when }) : now
  // Whatever they are, they are checked.
  const checked = checkFallback(name, { ...kept, ...present(options) } as FallbackOptions)
  if ('endpoints' in checked !== 'endpoints' in now) {
    throw new HoldfastConfigError(`${name}: a list of endpoints stays one, and nothing else becomes one`)
  }
  // It has the same kind of answer.
  return checked as Options
}
