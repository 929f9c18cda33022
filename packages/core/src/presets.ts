import { bulkhead } from './bulkhead/bulkhead.ts'
import type { BulkheadOptions } from './bulkhead/bulkhead.ts'
import { HoldfastConfigError, show } from './check.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import type { CircuitBreakerOptions } from './circuit-breaker/options.ts'
import { fallback } from './fallback/fallback.ts'
import type { FallbackOptions } from './fallback/fallback.ts'
import { hedge } from './hedge/hedge.ts'
import type { HedgeOptions } from './hedge/hedge.ts'
import { pipeline } from './pipeline.ts'
import type { Pipeline, PipelineOptions } from './pipeline.ts'
import type { Part } from './policy.ts'
import { rateLimit } from './rate-limit/rate-limit.ts'
import type { RateLimitOptions } from './rate-limit/rate-limit.ts'
import { retry } from './retry/retry.ts'
import type { RetryOptions } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'
import type { TimeoutOptions } from './timeout/timeout.ts'

/** One part as data. Everything that is not a function can be written as JSON. */
export type PartConfig =
  | ({ readonly kind: 'bulkhead' } & BulkheadOptions)
  | ({ readonly kind: 'circuit-breaker' } & CircuitBreakerOptions)
  | ({ readonly kind: 'fallback' } & FallbackOptions)
  | ({ readonly kind: 'hedge' } & HedgeOptions)
  | ({ readonly kind: 'rate-limit' } & RateLimitOptions)
  | ({ readonly kind: 'retry' } & RetryOptions)
  | ({ readonly kind: 'timeout' } & TimeoutOptions)

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
  fallback,
  hedge,
  'rate-limit': rateLimit,
  retry,
  timeout,
}

/** Builds the pipeline that `config` describes. Throws `HoldfastConfigError` naming what is wrong with it. */
export function pipelineFrom(config: PipelineConfig, options?: PipelineOptions): Pipeline {
  if (typeof config !== 'object' || config === null || !Array.isArray(config.parts)) {
    throw new HoldfastConfigError(`pipelineFrom: config must be { name, parts: […] }, not ${show(config)}`)
  }
  return pipeline(config.name, config.parts.map(partFrom), options)
}

function partFrom({ kind, ...options }: PartConfig): Part {
  const factory = Object.hasOwn(factories, kind) ? factories[kind] : undefined
  if (factory !== undefined) return factory(options as never)
  const known = Object.keys(factories).join(', ')
  throw new HoldfastConfigError(`pipelineFrom: kind must be one of ${known}, not ${show(kind)}`)
}

/**
 * A sound beginning for calls to another service: spread it and change what you know better.
 * `pipelineFrom({ name: 'inventory', parts: standard })`.
 */
export const standard: readonly PartConfig[] = [
  { kind: 'timeout', name: 'total-timeout', durationMs: 10_000 },
  { kind: 'retry', attempts: 3, backoff: { baseMs: 100, maximumMs: 2_000 } },
  { kind: 'circuit-breaker' },
  { kind: 'timeout', durationMs: 2_500 },
  { kind: 'bulkhead', limit: 100, queue: { size: 50, order: 'lifo', maximumWaitMs: 250 } },
]
