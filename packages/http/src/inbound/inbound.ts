import { HoldfastConfigError, HoldfastError, pipeline, RateLimitedError } from '@holdfast/core'
import type { ExecuteOptions, Guard, Pipeline, Policy } from '@holdfast/core'
import { callerOf } from './caller.ts'
import type { Criticality } from './criticality.ts'
import { minimumTime } from './minimum-time.ts'
import type { OpenScopes } from './open-scopes.ts'
import { pipelineOptions, settingsFrom } from './options.ts'
import type { InboundOptions, Settings } from './options.ts'
import { ProxyWatch } from './proxy-watch.ts'
import { RateLimitFields } from './rate-limit-fields.ts'
import { RefusedError } from './refused-error.ts'
import { replyTo } from './reply.ts'
import type { RequestLike } from './request.ts'
import { RequestScope } from './request-scope.ts'
import type { Doorkeeper, Entry, Passed } from './request-scope.ts'
import { isOver } from './response-end.ts'
import type { ResponseLike } from './response-end.ts'
import { currentScope } from '../scope.ts'

/** What a door may be made of: guards, and `keyed` sets or pipelines of guards. */
export type Admitting = Guard | Policy

/** Where requests come in, whatever the framework. */
export interface Inbound<Request, To> {
  readonly name: string
  /** Of the guards, for events, statistics and live options. */
  readonly pipeline: Pipeline
  /**
   * Asks the guards about a request, and tells them how its response ended: once, on whatever end. A promise only where
   * a guard has it wait. Never throws and never rejects. Within another scope, its deadline holds here too.
   * `criticality` is that of the request's route, where it has one of its own; a trusted caller's word comes first.
   */
  admit(request: Request, response: ResponseLike, to: To, criticality?: Criticality): Entry | Promise<Entry>
}

/**
 * A door for incoming requests, made of guards. `answer` gives an answer to a request that was cut short while it was
 * served: its deadline has passed, or the service stops. It is not to be given where the answer has begun.
 */
export function inbound<Request extends RequestLike, To>(
  name: string,
  guards: readonly Admitting[],
  answer: (to: To, refusal: RefusedError) => void,
  options: InboundOptions<Request> = {},
): Inbound<Request, To> {
  return new Door(name, guards, answer, options)
}

/** What is handed on of a request: one object for all that matter as much. */
const saying: Readonly<Record<Criticality, { readonly criticality: Criticality }>> = {
  'critical-plus': Object.freeze({ criticality: 'critical-plus' }),
  critical: Object.freeze({ criticality: 'critical' }),
  'sheddable-plus': Object.freeze({ criticality: 'sheddable-plus' }),
  sheddable: Object.freeze({ criticality: 'sheddable' }),
}
const sayingNothing = Object.freeze({})

const exempt: Passed = { entry: 'exempt' }
const over: Passed = { entry: 'over' }

class Door<Request extends RequestLike, To> implements Inbound<Request, To>, Doorkeeper<To> {
  readonly name: string
  readonly pipeline: Pipeline
  readonly scopes: OpenScopes
  readonly answer: (to: To, refusal: RefusedError) => void
  readonly #settings: Settings<Request>
  readonly #isExempt: (request: Request) => boolean
  readonly #fields: RateLimitFields | undefined
  /** While it is not known whether the keys tell callers apart. */
  #watch: ProxyWatch | undefined

  constructor(
    name: string,
    guards: readonly Admitting[],
    answer: (to: To, refusal: RefusedError) => void,
    options: InboundOptions<Request>,
  ) {
    this.#settings = settingsFrom(name, options)
    const { exempt, key, minimumMs, rateLimitFields, scopes } = this.#settings
    this.name = name
    this.pipeline = pipeline(name, withMinimum(guards, minimumMs), pipelineOptions(options))
    checkGuards(name, guards)
    this.scopes = scopes
    this.answer = answer
    this.#isExempt = typeof exempt === 'function' ? exempt : (request) => isAmong(exempt, request)
    this.#fields = rateLimitFields ? new RateLimitFields(guards) : undefined
    this.#watch = key === undefined ? undefined : new ProxyWatch(name)
  }

  admit(
    request: Request,
    response: ResponseLike,
    to: To,
    criticality: Criticality | undefined = this.#settings.criticality,
  ): Entry | Promise<Entry> {
    const scope = new RequestScope(this, request, response, to)
    try {
      if (this.#isExempt(request)) return exempt
      const options = this.#optionsOf(request, criticality)
      if (isOver(response)) return over
      const admission = this.pipeline.admit(options)
      return admission instanceof Promise ? scope.waits(admission) : scope.enter(admission)
    } catch (error) {
      return scope.refuse(error)
    }
  }

  /** What the caller is believed comes first; the door's own is next, and then what a door around this one was told. */
  #optionsOf(request: Request, ofRoute: Criticality | undefined): ExecuteOptions {
    const { key: keyOf, trusts } = this.#settings
    const key = keyOf?.(request)
    if (this.#watch?.sees(key, request) === true) this.#watch = undefined
    const outer = currentScope()
    const said = trusts?.(request) === true ? callerOf(request, this.#settings) : undefined
    const own = said?.leftMs === undefined ? Infinity : this.pipeline.clock.now() + said.leftMs
    return {
      key,
      deadline: Math.min(own, outer?.deadline ?? Infinity),
      metadata: metadataOf(
        said?.criticality ?? ofRoute ?? outer?.givenCriticality,
        Math.max(said?.attempt ?? 1, outer?.attempt ?? 1),
      ),
    }
  }

  admitted(response: ResponseLike, key: string | undefined): void {
    this.#fields?.announce(response, key)
  }

  refusal(error: unknown): RefusedError | undefined {
    const reply = replyTo(error, this.pipeline.random)
    if (reply === undefined || !(error instanceof HoldfastError)) return undefined
    if (this.#fields === undefined || !(error instanceof RateLimitedError))
      return new RefusedError(error, reply)
    return new RefusedError(error, this.#fields.within(reply, error))
  }
}

function metadataOf(criticality: Criticality | undefined, attempt: number): ExecuteOptions['metadata'] {
  if (attempt > 1) return { criticality, attempt }
  return criticality === undefined ? sayingNothing : saying[criticality]
}

/** Before it waits and after: a wait may have taken too much of what was left. */
function withMinimum(guards: readonly Admitting[], minimumMs: number): readonly Admitting[] {
  if (minimumMs === 0) return guards
  const again = minimumTime('minimum-time-after-waiting', minimumMs)
  return [minimumTime('minimum-time', minimumMs), ...guards, again]
}

function isAmong(paths: readonly string[], { url = '', originalUrl = url }: RequestLike): boolean {
  for (const path of paths) {
    if (!originalUrl.startsWith(path)) continue
    if (originalUrl.length === path.length || originalUrl[path.length] === '?') return true
  }
  return false
}

/** A policy would otherwise be noticed by the first request. */
function checkGuards(name: string, guards: readonly Admitting[]): void {
  const other = guards.find((part) => ('wrap' in part ? part.passesThrough !== true : !('admit' in part)))
  if (other === undefined) return
  throw new HoldfastConfigError(
    `${name}: guards alone can admit requests; put '${other.name}' around the calls that the handlers make`,
  )
}
