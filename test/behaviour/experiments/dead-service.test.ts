import { describe, expect, it } from 'vitest'
import { deadService } from './dead-service.ts'
import { figuresOf } from './figures-of.ts'

const seeds = [1, 2, 3]
const sent = 'sent before all circuits are open (attempts an outage)'

describe('fifty instances that share a circuit', () => {
  it('send at most twice as much to a dead service as one instance that makes all calls', async () => {
    const pooled = await figuresOf(deadService, 'breaker, one instance with all calls', { seeds })
    const shared = await figuresOf(deadService, 'breaker, shared', { seeds })
    for (const [run, figures] of shared.entries())
      expect((figures[sent] ?? Infinity) / (pooled[run]?.[sent] ?? 0)).toBeLessThanOrEqual(2)
  })
})
