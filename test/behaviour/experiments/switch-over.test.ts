import { describe, expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { switchOver } from './switch-over.ts'

describe.each(['refuses', 'hangs'])('a primary that dies and %s', (how) => {
  it.each(['endpoints and a timeout', 'standard preset with endpoints'])(
    'costs callers at most a second of errors, and nothing when it is back cold, with %s',
    async (protection) => {
      for (const figures of await figuresOf(switchOver, `${protection}, ${how}`)) {
        expect(figures['errors for (s)']).toBeLessThanOrEqual(1)
        expect(figures['failed after the primary is back (calls)']).toBe(0)
        expect(figures['back at the primary after (s)']).toBeLessThan(20)
      }
    },
  )

  it('costs callers half a minute, and a second dip when it is back cold, without endpoints', async () => {
    const [figures] = await figuresOf(switchOver, `no policy but a timeout, ${how}`, { seeds: [1] })
    expect(figures?.['errors for (s)']).toBeGreaterThan(30)
    expect(figures?.['failed after the primary is back (calls)']).toBeGreaterThan(1_000)
  })
})
