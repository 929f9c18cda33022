import { circuitBreaker, pipeline, retry } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { EventLog } from './event-log.ts'
import { VirtualClock } from './virtual-clock.ts'

function failing(): never {
  throw new Error('boom')
}

describe('event log', () => {
  test('collects what a pipeline reports, in order, and finds it by type', async () => {
    const clock = new VirtualClock()
    const parts = [retry({ attempts: 2, backoff: { baseMs: 10, jitter: 'none' } })]
    const guarded = pipeline('inventory', parts, { clock })
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(failing)
    await clock.advance(10)
    await result
    expect(log.types[0]).toBe('retry.scheduled')
    expect(log.of('retry.scheduled').map(({ delayMs }) => delayMs)).toEqual([10])
    expect(log.of('circuit.open')).toEqual([])
  })

  test('begins anew when cleared and hears nothing once stopped', async () => {
    const clock = new VirtualClock()
    const breaker = circuitBreaker({ consecutiveFailures: 1 })
    const guarded = pipeline('inventory', [breaker], { clock })
    const log = new EventLog(guarded)
    await guarded.executeOutcome(failing)
    expect(log.of('circuit.open')).toHaveLength(1)
    log.clear()
    expect(log.events).toEqual([])
    await guarded.executeOutcome(failing)
    expect(log.types).toEqual(['circuit.rejected'])
    log.stop()
    await guarded.executeOutcome(failing)
    expect(log.events).toHaveLength(1)
  })

  test('listens to anything of the shape', () => {
    let tell: (event: { readonly type: 'ping'; readonly size: number }) => void = () => {}
    const log = new EventLog<{ readonly type: 'ping'; readonly size: number }>({
      on: (listener) => {
        tell = listener
        return () => {}
      },
    })
    tell({ type: 'ping', size: 3 })
    expect(log.of('ping')[0]?.size).toBe(3)
  })
})
