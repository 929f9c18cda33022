import type { Call } from '@holdfast/core'
import { randomUUID } from 'node:crypto'
import { attemptHeader } from '../attempt.ts'
import { criticalityHeader, givenCriticalityOf, readCriticality } from '../inbound/criticality.ts'
import type { Criticality } from '../inbound/criticality.ts'
import { timeoutHeader, writeRemainingMs } from '../deadline.ts'
import type { OutboundOptions } from './options.ts'
import type { OutboundRequest } from './request.ts'

/** The headers that a client sets and takes off. Names are in lower case. */
export interface Wire {
  readonly timeoutHeader: string | undefined
  readonly attemptHeader: string | undefined
  readonly criticalityHeader: string | undefined
  readonly idempotencyKeys: boolean
  /** Not for an endpoint of another trust than `trust`. */
  readonly credentials: readonly string[]
  readonly trust: string | undefined
}

export function wireOf(options: OutboundOptions, trust: string | undefined): Wire {
  const nameOf = (given: string | false): string | undefined =>
    given === false ? undefined : given.toLowerCase()
  const { credentialHeaders = [] } = options
  return {
    timeoutHeader: nameOf(options.timeoutHeader ?? timeoutHeader),
    attemptHeader: nameOf(options.attemptHeader ?? attemptHeader),
    criticalityHeader: nameOf(options.criticalityHeader ?? criticalityHeader),
    idempotencyKeys: options.idempotencyKeys === true,
    credentials: [
      ...['authorization', 'cookie', 'proxy-authorization'],
      ...credentialHeaders.map((name) => name.toLowerCase()),
    ],
    trust,
  }
}

/** Said by clients that retry by themselves: AWS's, those made by Stainless, and gRPC's. */
const othersMarks = ['amz-sdk-request', 'x-stainless-retry-count', 'grpc-previous-rpc-attempts']

/** Whether a client around this one retries the request already. */
export function isRetriedElsewhere({ attemptHeader }: Wire, { header }: OutboundRequest): boolean {
  return (
    (attemptHeader !== undefined && hasHeader(header(attemptHeader))) ||
    othersMarks.some((name) => hasHeader(header(name)))
  )
}

function hasHeader(value: string | null | undefined): boolean {
  return typeof value === 'string'
}

/** The key that makes a request idempotent, if it is to have one: a string of structured fields, as the draft has it. */
export function idempotencyKeyFor(
  { idempotencyKeys }: Wire,
  { method, header }: OutboundRequest,
): string | undefined {
  const wanted = idempotencyKeys && /^(?:POST|PATCH)$/i.test(method)
  return wanted && !hasHeader(header('idempotency-key')) ? `"${randomUUID()}"` : undefined
}

/** How much a request matters: as it says itself, or as was said of the request for which it is made. */
export function criticalityFor(
  { criticalityHeader }: Wire,
  { header }: OutboundRequest,
  served: Criticality | undefined,
): Criticality | undefined {
  return criticalityHeader === undefined ? served : (readCriticality(header, criticalityHeader) ?? served)
}

/** What attempt `number` sets, and takes off, beside what the request has. */
export function headersFor(
  wire: Wire,
  { header }: OutboundRequest,
  call: Call,
  number: number,
  idempotencyKey: string | undefined,
): ReadonlyMap<string, string | undefined> {
  const headers = new Map<string, string | undefined>()
  const { endpoint, deadline, clock } = call
  if (endpoint !== undefined && endpoint.trust !== wire.trust) {
    for (const name of wire.credentials) headers.set(name, undefined)
  }
  const remaining = wire.timeoutHeader && writeRemainingMs(deadline - clock.now())
  if (wire.timeoutHeader !== undefined && remaining !== undefined) headers.set(wire.timeoutHeader, remaining)
  if (wire.attemptHeader !== undefined && number > 1) headers.set(wire.attemptHeader, String(number))
  const criticality = givenCriticalityOf(call)
  if (wire.criticalityHeader !== undefined && criticality !== undefined) {
    if (!hasHeader(header(wire.criticalityHeader))) headers.set(wire.criticalityHeader, criticality)
  }
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  return headers
}
