import type { Call, Endpoint } from '../call.ts'
import { callable, checkOptions, HoldfastConfigError, partRules, show } from '../check.ts'
import type { Rule } from '../check.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Next, Policy, Reaction } from '../policy.ts'
import type { Ticket } from '../wait.ts'

interface CommonOptions {
  readonly name?: string
  /** Which outcomes are replaced. Default: every error. */
  readonly when?: (outcome: Outcome) => boolean
}

/** What to answer instead: exactly one of the three. */
export type FallbackOptions = CommonOptions &
  (
    | { readonly value: unknown }
    | { readonly run: (error: unknown, call: Call) => unknown }
    /** Where else to try, in order; the first is where every call begins. */
    | { readonly endpoints: readonly Endpoint[] }
  )

export interface FallbackEvent {
  readonly type: 'fallback.used'
  readonly policy: string
  /** The endpoint that is tried next, where the fallback is a list of them. */
  readonly next: string | undefined
  readonly outcome: Outcome
}

const anything: Rule = () => undefined

const someEndpoints: Rule = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each) => typeof each?.id === 'string' && each.id !== '')
    ? undefined
    : 'an array of at least one { id }'

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  when: callable,
  value: anything,
  run: callable,
  endpoints: someEndpoints,
}

/**
 * Answers in place of an inside that failed: with a value, with what a function makes of the error, or with what the
 * next endpoint of a list says. If the fallback fails too, its error carries the first as `cause`.
 */
export function fallback(options: FallbackOptions & { readonly endpoints: readonly Endpoint[] }): Policy
export function fallback(options: FallbackOptions): Reaction
export function fallback(options: FallbackOptions): Policy | Reaction {
  checkOptions('fallback', options, rules)
  const given = ['value', 'run', 'endpoints'].filter((option) => option in options)
  if (given.length !== 1) {
    throw new HoldfastConfigError(
      `fallback: give exactly one of value, run and endpoints, not ${given.length === 0 ? 'none' : given.join(' and ')}`,
    )
  }
  return 'endpoints' in options ? new EndpointFallback(options) : new AnswerFallback(options)
}

class AnswerFallback implements Reaction {
  readonly kind = 'fallback'
  readonly name: string
  readonly #when: (outcome: Outcome) => boolean
  readonly #answer: (error: unknown, call: Call) => unknown

  constructor(options: Exclude<FallbackOptions, { endpoints: unknown }>) {
    this.name = options.name ?? this.kind
    this.#when = options.when ?? isError
    if ('run' in options) this.#answer = options.run
    else {
      const { value } = options as { value: unknown }
      this.#answer = () => value
    }
  }

  settle(_ticket: Ticket, ending: Ending): boolean {
    return typeof ending === 'string' || !this.#when(ending)
  }

  async recover(_ticket: Ticket, outcome: Outcome, call: Call): Promise<unknown> {
    report(this.name, undefined, outcome, call)
    const first = isError(outcome) ? outcome.error : undefined
    try {
      return await this.#answer(first, call)
    } catch (error) {
      throw withCause(error, first)
    }
  }

  describe(): Readonly<Record<string, unknown>> {
    return {}
  }
}

class EndpointFallback implements Policy {
  readonly kind = 'fallback'
  readonly name: string
  readonly #when: (outcome: Outcome) => boolean
  readonly #endpoints: readonly Endpoint[]

  constructor(options: CommonOptions & { readonly endpoints: readonly Endpoint[] }) {
    this.name = options.name ?? this.kind
    this.#when = options.when ?? isError
    this.#endpoints = options.endpoints.map((endpoint) => Object.freeze({ ...endpoint }))
    const ids = this.#endpoints.map(({ id }) => id)
    const double = ids.find((id, index) => ids.indexOf(id) !== index)
    if (double !== undefined) {
      throw new HoldfastConfigError(
        `${this.name}: endpoints must have different ids, not ${show(double)} twice`,
      )
    }
  }

  wrap(next: Next): Next {
    return async (call) => {
      let first: Outcome | undefined
      for (const [index, endpoint] of this.#endpoints.entries()) {
        const outcome = await outcomeOf(next(call.branch({ endpoint })))
        if (call.cancelled) throw call.reason
        const isLast = index === this.#endpoints.length - 1
        if (isLast || !this.#when(outcome)) return conclude(outcome, first)
        first ??= outcome
        report(this.name, this.#endpoints[index + 1]?.id, outcome, call)
      }
      return undefined
    }
  }

  describe(): Readonly<Record<string, unknown>> {
    return { endpoints: this.#endpoints }
  }
}

async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}

function conclude(outcome: Outcome, first: Outcome | undefined): unknown {
  if (!isError(outcome)) return outcome.value
  throw first !== undefined && isError(first) ? withCause(outcome.error, first.error) : outcome.error
}

/** Gives an error that has no cause of its own the one that came before it. */
function withCause(error: unknown, cause: unknown): unknown {
  const takesCause =
    error instanceof Error && error !== cause && !('cause' in error) && Object.isExtensible(error)
  if (takesCause && cause !== undefined) {
    Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true })
  }
  return error
}

function report(policy: string, next: string | undefined, outcome: Outcome, call: Call): void {
  if (call.host.observed) call.emit({ type: 'fallback.used', policy, next, outcome } satisfies FallbackEvent)
}
