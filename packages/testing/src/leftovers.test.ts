import {
  bulkhead,
  circuitBreaker,
  endpoints,
  fallback,
  pipeline,
  retry,
  retryBudget,
  timeout,
} from '@holdfast/core'
import { expect, it } from 'vitest'
import { controlledOperation } from './controlled-operation.ts'
import { leftovers } from './leftovers.ts'
import { VirtualClock } from './virtual-clock.ts'

it('names what a running call and a waiting one hold, and nothing once they have ended', async () => {
  const clock = new VirtualClock()
  const caller = new AbortController()
  const budget = retryBudget()
  const permits = bulkhead({ limit: 1, queue: { size: 1 } })
  const inner = pipeline('inner', [circuitBreaker(), retry({ budget }), permits], { clock })
  const guarded = pipeline('outer', [inner, timeout({ durationMs: 10 })], { clock })
  const operation = controlledOperation({ honoursAbort: true })
  const first = guarded.executeOutcome(operation.run)
  const second = guarded.executeOutcome(operation.run, { signal: caller.signal })
  expect(leftovers(clock, guarded, budget, caller.signal)).toEqual([
    'clock: timers 1',
    'circuit-breaker: running 2',
    'bulkhead: running 1',
    'bulkhead: waiting 1',
    'budget: callsInFlight 2',
    'signal: listeners 1',
  ])
  caller.abort()
  operation.last.resolve(1)
  await Promise.all([first, second])
  expect(leftovers(clock, guarded, budget, caller.signal)).toEqual([])
})

it('looks at the state of every endpoint', async () => {
  const clock = new VirtualClock()
  const endpoints = [{ id: 'primary' }, { id: 'standby' }]
  const guarded = pipeline('test', [fallback({ endpoints }), bulkhead()], { clock })
  const operation = controlledOperation()
  const result = guarded.execute(operation.run)
  operation.last.reject('no')
  await clock.settle()
  expect(leftovers(clock, guarded)).toEqual(['bulkhead: running 1'])
  operation.last.resolve(1)
  await result
  expect(leftovers(clock, guarded)).toEqual([])
})

it('looks at the state of endpoints that are chosen among', async () => {
  const clock = new VirtualClock()
  const choice = endpoints({ primary: [{ id: 'a' }], standby: [[{ id: 'b' }]] })
  const guarded = pipeline('test', [choice, bulkhead()], { clock })
  const operation = controlledOperation()
  const result = guarded.execute(operation.run)
  expect(leftovers(clock, guarded)).toEqual(['bulkhead: running 1'])
  operation.last.resolve(1)
  await result
  expect(leftovers(clock, guarded)).toEqual([])
})
