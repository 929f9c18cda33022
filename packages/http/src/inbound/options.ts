import type { PipelineOptions } from '@holdfast/core'
import { callable, checkOptions, durationMs, either, flag, oneOf, text } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { criticalities, criticalityHeader } from './criticality.ts'
import type { Criticality } from './criticality.ts'
import { timeoutHeader } from '../deadline.ts'
import { openScopes, OpenScopes } from './open-scopes.ts'

export interface InboundOptions<Request> extends PipelineOptions {
  /** Whom a request counts for, such as an account; it is in errors and events. Default: nobody in particular. */
  readonly key?: ((request: Request) => string | undefined) | undefined
  /**
   * Requests that are never refused, have no scope and take no permit: paths, to the letter and without the query, or a
   * function of the request. Default: `/livez`, `/readyz`, `/healthz`.
   */
  readonly exempt?: readonly string[] | ((request: Request) => boolean) | undefined
  /**
   * How much is lost when a request is refused. Default: what a door around this one was told, else `critical`, and then
   * requests that are made for it say nothing of it.
   */
  readonly criticality?: Criticality | undefined
  /**
   * Whose headers are believed about how long they wait and how much their request matters: everybody's, or those of
   * the requests that the function names. Default: nobody's.
   */
  readonly trust?: boolean | ((request: Request) => boolean) | undefined
  /** What a caller may ask for at most, in milliseconds. Default 60 000. */
  readonly maximumMs?: number | undefined
  /** With less time left than so many milliseconds it is not worth beginning: refused with 504. Default 0. */
  readonly minimumMs?: number | undefined
  /** Which header says, in milliseconds, how long the caller waits. Default `holdfast-timeout-ms`. */
  readonly deadlineHeader?: string | undefined
  /** Which header says how much the request matters. Default `holdfast-criticality`. */
  readonly criticalityHeader?: string | undefined
  /** Whether answers tell callers of the door's rate limits by the fields `RateLimit` and `RateLimit-Policy`. Default true. */
  readonly rateLimitFields?: boolean | undefined
  /** Where its open scopes are listed, to be cut short together. Default: with those of the whole process. */
  readonly scopes?: OpenScopes | undefined
}

/** The options with their defaults. */
export interface Settings<Request> {
  readonly key: ((request: Request) => string | undefined) | undefined
  readonly exempt: readonly string[] | ((request: Request) => boolean)
  readonly criticality: Criticality | undefined
  readonly trusts: ((request: Request) => boolean) | undefined
  readonly maximumMs: number
  readonly minimumMs: number
  readonly deadlineHeader: string
  readonly criticalityHeader: string
  readonly rateLimitFields: boolean
  readonly scopes: OpenScopes
}

const paths: Rule = (value) =>
  Array.isArray(value) && value.every((path) => typeof path === 'string' && path.startsWith('/'))
    ? undefined
    : 'an array of paths, each with a slash in front'

const header: Rule = (value) =>
  text(value) === undefined && /^[\w!#$%&'*+.^`|~-]+$/.test(value as string)
    ? undefined
    : 'the name of a header'

const scopes: Rule = (value) => (value instanceof OpenScopes ? undefined : 'an OpenScopes')

/** The pipeline holds its own options against rules of its own. */
const pipelines: Rule = () => undefined

const rules: Readonly<Record<string, Rule>> = {
  key: callable,
  exempt: either(paths, callable),
  criticality: oneOf(...criticalities),
  trust: either(flag, callable),
  maximumMs: durationMs(),
  minimumMs: durationMs(),
  deadlineHeader: header,
  criticalityHeader: header,
  rateLimitFields: flag,
  scopes,
  clock: pipelines,
  random: pipelines,
  share: pipelines,
}

/** Where probes ask whether the service is well: an overload is no reason to answer that it is not. */
const probes: readonly string[] = ['/livez', '/readyz', '/healthz']

export function settingsFrom<Request>(name: string, options: InboundOptions<Request>): Settings<Request> {
  const given = checkOptions(name, options, rules)
  const { trust = false } = given
  return {
    key: given.key,
    exempt: given.exempt ?? probes,
    criticality: given.criticality,
    trusts: trust === true ? () => true : trust || undefined,
    maximumMs: given.maximumMs ?? 60_000,
    minimumMs: given.minimumMs ?? 0,
    deadlineHeader: (given.deadlineHeader ?? timeoutHeader).toLowerCase(),
    criticalityHeader: (given.criticalityHeader ?? criticalityHeader).toLowerCase(),
    rateLimitFields: given.rateLimitFields ?? true,
    scopes: given.scopes ?? openScopes,
  }
}

/** Those of its pipeline. */
export function pipelineOptions({ clock, random, share }: PipelineOptions): PipelineOptions {
  return { clock, random, share }
}
