import { systemClock } from '@holdfast/core'
import type { Call, Clock, Endpoint, EndpointsOptions, HoldfastEvent, Part } from '@holdfast/core'
import { readRemainingMs } from '../deadline.ts'
import { currentScope } from '../scope.ts'
import type { Scope } from '../scope.ts'
import { Address } from './address.ts'
import type { Target } from './address.ts'
import { compose } from './composition.ts'
import type { Composition } from './composition.ts'
import { Exchange } from './exchange.ts'
import { checkOutbound } from './options.ts'
import type { OutboundOptions } from './options.ts'
import { OutgoingAttempt } from './outgoing-attempt.ts'
import { isIdempotent } from './request.ts'
import type { Answer, Attempt, OutboundRequest } from './request.ts'
import { metadataOf } from './rules.ts'
import { criticalityFor, headersFor, idempotencyKeyFor, isRetriedElsewhere, wireOf } from './wire.ts'
import type { Wire } from './wire.ts'

/** What an HTTP client stands on: it translates requests and answers, and this decides. */
export interface Outbound {
  readonly name: string
  readonly clock: Clock
  /**
   * Has a request answered, by as many attempts as it takes and may have. Gives the last answer whatever its status.
   * Rejects with what the last attempt threw where there was no answer, with a part's refusal or `TimeoutError`, or with
   * the reason of the caller's signal. `send` makes one attempt; it must heed the attempt's signal.
   */
  send<Response>(
    request: OutboundRequest,
    send: (attempt: Attempt) => Promise<Answer<Response>>,
  ): Promise<Response>
  /** Hears every event; returns how to stop. */
  on(listener: (event: HoldfastEvent) => void): () => void
  /** Gives the part of that name new options, for all origins and operations. What was learned stays. */
  update(part: string, options: object): void
  /** The parts that `url` and `operation` have of their own, for their statistics; undefined where there are none yet. */
  parts(url: string | URL, operation?: string): readonly Part[] | undefined
}

/** Makes the shared inside of an HTTP client. Throws `HoldfastConfigError` for options that make no sense. */
export function outbound(options: OutboundOptions = {}): Outbound {
  return new OutboundClient(checkOutbound(options))
}

class OutboundClient implements Outbound {
  readonly name: string
  readonly clock: Clock
  readonly #composition: Composition
  readonly #address: Address
  readonly #wire: Wire
  readonly #operation: (request: OutboundRequest) => string | undefined

  constructor(options: OutboundOptions) {
    const { name = 'outbound', clock = systemClock, operation = (): undefined => {}, baseUrl } = options
    this.name = name
    this.clock = clock
    this.#composition = compose(name, options)
    const endpoints = endpointsIn(options)
    this.#address = new Address(name, baseUrl, endpoints)
    this.#wire = wireOf(options, endpoints[0]?.trust)
    this.#operation = operation
  }

  async send<Response>(
    request: OutboundRequest,
    send: (attempt: Attempt) => Promise<Answer<Response>>,
  ): Promise<Response> {
    const scope = currentScope()
    const target = this.#address.target(request.url)
    const idempotencyKey = idempotencyKeyFor(this.#wire, request)
    const exchange = new Exchange({
      idempotent: idempotencyKey !== undefined || isIdempotent(request),
      replayable: request.replayable,
      retriedElsewhere: isRetriedElsewhere(this.#wire, request),
      servesRetry: scope !== undefined && scope.attempt > 1,
      hedged: this.#composition.hedged,
    })
    const signal = signalOf(request, scope)
    const attempt = (call: Call): Promise<Answer<unknown>> =>
      exchange.attempt(call, async (number) => {
        const headers = headersFor(this.#wire, request, call, number, idempotencyKey)
        const url = this.#address.at(target, call.endpoint)
        const outgoing = new OutgoingAttempt(url, headers, number, call, signal)
        const answer = await send(outgoing)
        outgoing.answered(answer.body)
        return answer
      })
    const outcome = await this.#composition.pipeline.executeOutcome(attempt, {
      key: keyOf(target, request.operation ?? this.#operation(request)),
      signal,
      deadline: this.#deadlineOf(request, scope),
      metadata: metadataOf(exchange, criticalityFor(this.#wire, request, scope?.givenCriticality)),
    })
    // What `send` gave.
    return exchange.conclude(outcome) as Response
  }

  /** The earliest of the caller's own, that of the request being served, and what the request's header says. */
  #deadlineOf({ deadline = Infinity, header }: OutboundRequest, scope: Scope | undefined): number {
    const { timeoutHeader } = this.#wire
    const served = scope?.deadline ?? Infinity
    const remainingMs = timeoutHeader === undefined ? undefined : readRemainingMs(header, timeoutHeader)
    const said = remainingMs === undefined ? Infinity : this.clock.now() + remainingMs
    return Math.min(deadline, served, said)
  }

  on(listener: (event: HoldfastEvent) => void): () => void {
    return this.#composition.pipeline.on(listener)
  }

  update(part: string, options: object): void {
    this.#composition.update(part, options)
  }

  parts(url: string | URL, operation?: string): readonly Part[] | undefined {
    return this.#composition.parts(keyOf(this.#address.target(url), operation))
  }
}

/** The caller's own, and that of the request being served. Of two one is made, once for all attempts. */
function signalOf({ signal }: OutboundRequest, scope: Scope | undefined): AbortSignal | undefined {
  const served = scope?.signal
  if (signal === undefined || served === undefined) return signal ?? served
  return AbortSignal.any([signal, served])
}

function keyOf({ origin }: Target, operation: string | undefined): string {
  return operation === undefined ? origin : `${origin} ${operation}`
}

/** The endpoints that are known from the beginning, the primary first. */
function endpointsIn({ endpoints, parts = [] }: OutboundOptions): readonly Endpoint[] {
  if (endpoints !== undefined) return listed(endpoints)
  return parts.flatMap((part) => {
    if (part.kind === 'endpoints') return listed(part)
    return part.kind === 'fallback' && 'endpoints' in part ? part.endpoints : []
  })
}

function listed({ primary, standby = [] }: EndpointsOptions): readonly Endpoint[] {
  return [...primary, ...standby.flat()]
}
