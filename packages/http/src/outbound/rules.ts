import { isError } from '@holdfast/core'
import type { Call, Outcome, PartConfig, Policy } from '@holdfast/core'
import type { Criticality } from '../inbound/criticality.ts'
import { StatusError } from '../status-error.ts'
import { Exchange } from './exchange.ts'
import { failureOf } from './failure.ts'

/** Where a call carries its exchange. */
const exchangeKey = 'exchange'

/** How much a request matters is told to the parts around its attempts, too. */
export function metadataOf(
  exchange: Exchange,
  criticality: Criticality | undefined,
): Readonly<Record<string, unknown>> {
  return { [exchangeKey]: exchange, criticality }
}

function exchangeOf({ metadata }: Call): Exchange | undefined {
  const exchange = metadata[exchangeKey]
  return exchange instanceof Exchange ? exchange : undefined
}

/** A part with what HTTP means to it, where it is not told otherwise. */
export function withRules(part: PartConfig): PartConfig {
  if (part.kind === 'retry') return { retryWhen: mayRetry, ...part }
  if (part.kind === 'hedge') return { hedgeWhen: mayHedge, isFatal: isFinal, ...part }
  if (part.kind === 'endpoints') return { isFailure: countsAgainstEndpoint, ...part }
  return part.kind === 'circuit-breaker' ? { isFailure: countsAgainstCircuit, ...part } : part
}

/** Stands inside of a retry that has a hedge inside: says where what the retry runs again begins. */
export const rounds: Policy = {
  kind: 'round',
  name: 'round',
  wrap: (next) => (call) => {
    exchangeOf(call)?.startRound()
    return next(call)
  },
}

function mayRetry(outcome: Outcome, call: Call): boolean {
  return exchangeOf(call)?.mayRetry(outcome) === true
}

function mayHedge(call: Call): boolean {
  return exchangeOf(call)?.mayHedge === true
}

/** What the service asks to wait for is the retry's business. A refusal ends no attempt that runs. */
function isFinal(outcome: Outcome): boolean {
  if (!isError(outcome)) return false
  const { kind, retryable } = failureOf(outcome.error)
  if (kind === 'refused') return false
  return !retryable || (outcome.error instanceof StatusError && outcome.error.retryAfterMs !== undefined)
}

/** The request's own faults, and refusals, are nothing to a circuit. */
function countsAgainstCircuit(outcome: Outcome): boolean | 'ignored' {
  if (!isError(outcome)) return false
  const failure = failureOf(outcome.error)
  return failure.kind === 'local' || failure.kind === 'refused' ? 'ignored' : failure.counts
}

function countsAgainstEndpoint(outcome: Outcome): boolean {
  return isError(outcome) && failureOf(outcome.error).counts
}
