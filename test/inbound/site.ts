import type { Server } from 'node:http'
import { bulkhead, circuitBreaker } from '@holdfast/core'
import type { Bulkhead, BulkheadOptions, CircuitBreaker } from '@holdfast/core'
import { currentScope } from '@holdfast/http'
import type { Admitting, InboundOptions, RequestLike, Scope } from '@holdfast/http'
import { eventually, serve } from '@holdfast/test-servers/loopback'
import { VirtualClock } from '@holdfast/testing'
import { expect, onTestFinished } from 'vitest'
import type { Adapter, Exchange, Work } from './adapter.ts'

export interface SiteOptions extends Pick<BulkheadOptions, 'limit' | 'queue'> {
  /** What the door knows besides its guards. */
  readonly door?: InboundOptions<RequestLike>
  /** What else stands around the door's breaker and bulkhead. */
  readonly outside?: readonly Admitting[]
  /** What a request has done to it when it has come to the handler. Default: nothing until the test answers it. */
  readonly work?: Work
}

/** A request that has come to the handler. */
interface Served {
  readonly exchange: Exchange
  readonly scope: Scope
  readonly signal: AbortSignal
}

/** A service behind one door, on a clock that stands still. When its test is over, nothing of any request is left. */
export interface Site {
  readonly server: Server
  readonly url: URL
  readonly clock: VirtualClock
  readonly breaker: CircuitBreaker
  readonly permits: Bulkhead
  readonly served: readonly Served[]
}

export async function openSite(adapter: Adapter, options: SiteOptions = {}): Promise<Site> {
  const { outside = [], limit = 1, queue, work, door } = options
  const clock = new VirtualClock()
  const breaker = circuitBreaker()
  const permits = bulkhead({ limit, ...(queue === undefined ? {} : { queue }) })
  const served: Served[] = []
  const server = await adapter.serverOf({
    doors: [[...outside, breaker, permits]],
    options: { clock, ...door },
    work: (exchange) => {
      const scope = scopeHere()
      served.push({ exchange, scope, signal: scope.signal })
      return work?.(exchange)
    },
  })
  onTestFinished(async () => {
    await eventually(() => isIdle(permits))
    expect(clock.pending, 'alarms left').toBe(0)
  })
  return { server, url: await serve(server), clock, breaker, permits, served }
}

export function isIdle(permits: Bulkhead): boolean {
  const { running, waiting, abandoned } = permits.statistics()
  return running + waiting + abandoned === 0
}

function scopeHere(): Scope {
  const scope = currentScope()
  if (scope === undefined) throw new Error('the handler runs outside of a scope')
  return scope
}
