import type { Call } from '../call.ts'
import { withCause } from '../cause.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Next, Part, Policy, Reaction } from '../policy.ts'
import type { Ticket } from '../wait.ts'
import { checkFallback, revised } from './options.ts'
import type { AnswerOptions, EndpointOptions, FallbackOptions } from './options.ts'

export interface FallbackEvent {
  readonly type: 'fallback.used'
  readonly policy: string
  /** The endpoint that is tried next, where the fallback is a list of them. */
  readonly next: string | undefined
  readonly outcome: Outcome
}

/**
 * Answers in place of an inside that failed: with a value, with what a function makes of the error, or with what the
 * next endpoint of a list says. If the fallback fails too, its error carries the first as `cause`.
 */
export function fallback(options: EndpointOptions): Policy
export function fallback(options: FallbackOptions): Reaction
export function fallback(options: FallbackOptions): Policy | Reaction {
  const checked = checkFallback('fallback', options)
  return 'endpoints' in checked ? new EndpointFallback(checked) : new AnswerFallback(checked)
}

class AnswerFallback implements Reaction {
  readonly kind = 'fallback'
  readonly name: string
  #options: AnswerOptions

  constructor(options: AnswerOptions) {
    this.name = options.name ?? this.kind
    this.#options = options
  }

  settle(_ticket: Ticket, ending: Ending): boolean {
    const { when = isError } = this.#options
    return typeof ending === 'string' || !when(ending)
  }

  recover(_ticket: Ticket, outcome: Outcome, call: Call): unknown {
    report(this.name, undefined, outcome, call)
    const options = this.#options
    return 'value' in options ? options.value : answered(options.run, outcome, call)
  }

  describe(): Readonly<Record<string, unknown>> {
    return { ...this.#options }
  }

  configure(options: object): void {
    this.#options = revised(this.name, this.#options, options)
  }

  draft(options: object): Part {
    return new AnswerFallback(revised(this.name, this.#options, options))
  }
}

class EndpointFallback implements Policy {
  readonly kind = 'fallback'
  readonly name: string
  #options: EndpointOptions

  constructor(options: EndpointOptions) {
    this.name = options.name ?? this.kind
    this.#options = options
  }

  wrap(next: Next): Next {
    return async (call) => {
      const { endpoints, when = isError } = this.#options
      let first: Outcome | undefined
      for (const [index, endpoint] of endpoints.entries()) {
        const outcome = await outcomeOf(() => next(call.branch({ endpoint })))
        if (call.cancelled) throw call.reason
        const isLast = index === endpoints.length - 1
        if (isLast || !when(outcome)) return conclude(outcome, first)
        first ??= outcome
        report(this.name, endpoints[index + 1]?.id, outcome, call)
      }
      return undefined
    }
  }

  describe(): Readonly<Record<string, unknown>> {
    return { ...this.#options }
  }

  configure(options: object): void {
    this.#options = revised(this.name, this.#options, options)
  }

  draft(options: object): Part {
    return new EndpointFallback(revised(this.name, this.#options, options))
  }
}

async function answered(
  run: (error: unknown, call: Call) => unknown,
  outcome: Outcome,
  call: Call,
): Promise<unknown> {
  const first = isError(outcome) ? outcome.error : undefined
  try {
    return await run(first, call)
  } catch (error) {
    throw withCause(error, first)
  }
}

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

function conclude(outcome: Outcome, first: Outcome | undefined): unknown {
  if (!isError(outcome)) return outcome.value
  throw first !== undefined && isError(first) ? withCause(outcome.error, first.error) : outcome.error
}

function report(policy: string, next: string | undefined, outcome: Outcome, call: Call): void {
  if (call.host.observed) call.emit({ type: 'fallback.used', policy, next, outcome } satisfies FallbackEvent)
}
