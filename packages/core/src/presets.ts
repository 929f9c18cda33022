import { bulkhead } from './bulkhead/bulkhead.ts'
import type { BulkheadOptions } from './bulkhead/bulkhead.ts'
import { checkParts } from './check-composition.ts'
import { checkOptions, givenOptions, HoldfastConfigError, required, show, text } from './check.ts'
import type { Rule } from './check.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import type { CircuitBreakerOptions } from './circuit-breaker/options.ts'
import { copied } from './copied.ts'
import { endpoints } from './endpoints/endpoints.ts'
import type { EndpointsOptions } from './endpoints/options.ts'
import { fallback } from './fallback/fallback.ts'
import type { FallbackOptions } from './fallback/options.ts'
import { hedge } from './hedge/hedge.ts'
import type { HedgeOptions } from './hedge/hedge.ts'
import { hotKeyLimit } from './hot-key-limit/hot-key-limit.ts'
import type { HotKeyLimitOptions } from './hot-key-limit/hot-key-limit.ts'
import { keyed } from './keyed.ts'
import type { Keyed, KeyedOptions } from './keyed.ts'
import { pipeline } from './pipeline.ts'
import type { Pipeline, PipelineOptions } from './pipeline.ts'
import type { Part } from './policy.ts'
import { rateLimit } from './rate-limit/rate-limit.ts'
import type { RateLimitOptions } from './rate-limit/rate-limit.ts'
import { retry } from './retry/retry.ts'
import type { RetryOptions } from './retry/options.ts'
import { singleFlight } from './single-flight/single-flight.ts'
import type { SingleFlightOptions } from './single-flight/single-flight.ts'
import { timeout } from './timeout/timeout.ts'
import type { TimeoutOptions } from './timeout/timeout.ts'

/** One part as data. Everything that is not a function can be written as JSON. */
export type PartConfig =
  | ({ readonly kind: 'bulkhead' } & BulkheadOptions)
  | ({ readonly kind: 'circuit-breaker' } & CircuitBreakerOptions)
  | ({ readonly kind: 'endpoints' } & EndpointsOptions)
  | ({ readonly kind: 'fallback' } & FallbackOptions)
  | ({ readonly kind: 'hedge' } & HedgeOptions)
  | ({ readonly kind: 'hot-key-limit' } & HotKeyLimitOptions)
  | ({ readonly kind: 'keyed' } & KeyedConfig)
  | ({ readonly kind: 'rate-limit' } & RateLimitOptions)
  | ({ readonly kind: 'retry' } & RetryOptions)
  | ({ readonly kind: 'single-flight' } & SingleFlightOptions)
  | ({ readonly kind: 'timeout' } & TimeoutOptions)

/** Parts for each key as data. */
export interface KeyedConfig extends KeyedOptions {
  /** What each key has of its own; outermost first. */
  readonly parts: readonly PartConfig[]
}

/** A pipeline as data. */
export interface PipelineConfig {
  readonly name: string
  /** Outermost first. */
  readonly parts: readonly PartConfig[]
}

// Each entry is asked only for the options of its own kind: `partFrom` looks it up by that kind.
const factories: Readonly<Record<string, (options: never) => Part>> = {
  bulkhead,
  'circuit-breaker': circuitBreaker,
  endpoints,
  fallback,
  hedge,
  'hot-key-limit': hotKeyLimit,
  keyed: keyedFrom,
  'rate-limit': rateLimit,
  retry,
  'single-flight': singleFlight,
  timeout,
}

const list: Rule = (value) => (Array.isArray(value) ? undefined : 'an array of parts')

/** Builds the pipeline that `config` describes. Throws `HoldfastConfigError` naming what is wrong with it. */
export function pipelineFrom(config: PipelineConfig, options?: PipelineOptions): Pipeline {
  const { name, parts } = checkOptions('pipelineFrom', config, { name: text, parts: list })
  required('pipelineFrom', 'parts', parts, 'an array of parts, outermost first')
  const made = Array.from(parts, (part, index) => partAt(`pipelineFrom: parts[${index}]`, part))
  return pipeline(name, made, options)
}

/** Makes the part that `config` describes. Throws `HoldfastConfigError` naming what is wrong with it. */
export function partFrom(config: PartConfig): Part {
  return partAt('partFrom: part', config)
}

function partAt(place: string, config: PartConfig): Part {
  const { kind, ...options } = givenOptions(place, config)
  const factory = typeof kind === 'string' && Object.hasOwn(factories, kind) ? factories[kind] : undefined
  // The factory checks its options.
  if (factory !== undefined) return factory(options as never)
  const known = Object.keys(factories).join(', ')
  throw new HoldfastConfigError(`${place}.kind must be one of ${known}, not ${show(kind)}`)
}

function keyedFrom({ parts, ...options }: KeyedConfig): Keyed {
  const { name = 'keyed' } = options
  checkOptions(name, { parts }, { parts: list })
  required(name, 'parts', parts, 'an array of parts, outermost first')
  const own = copied(parts)
  const make = (): readonly Part[] =>
    Array.from(own, (part, index) => partAt(`${name}: parts[${index}]`, part))
  // What is wrong with them is said now, and not when the first key comes.
  checkParts(name, make())
  return keyed(make, options)
}

/**
 * A sound beginning for calls to another service: spread it and change what you know better.
 * `pipelineFrom({ name: 'inventory', parts: standard })`.
 */
export const standard: readonly PartConfig[] = frozen([
  { kind: 'timeout', name: 'total-timeout', durationMs: 10_000 },
  { kind: 'retry', attempts: 3, backoff: { baseMs: 100, maximumMs: 2_000 } },
  { kind: 'circuit-breaker', proportional: {} },
  { kind: 'timeout', durationMs: 2_500 },
  {
    kind: 'bulkhead',
    limit: { by: 'drops', maximum: 100 },
    queue: { size: 50, order: 'lifo', maximumWaitMs: 250 },
  },
])

/** Data that everybody spreads must not change under anybody. */
function frozen<Data>(data: Data): Data {
  if (typeof data === 'object' && data !== null) Object.values(data).forEach(frozen)
  return Object.freeze(data)
}
