import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

it('a duration is understood as it is shown, but for what is too small to be shown', () => {
  const ms = fc.oneof(fc.constantFrom(1, 999, 1_000, 59_999, 3_599_999, 3_600_000), fc.nat(86_400_000))
  fc.assert(
    fc.property(ms, (duration) => {
      const shown = parseDuration(formatDuration(duration).replace(' ', '')) ?? Number.NaN
      const lost = duration - shown
      expect(lost).toBeGreaterThanOrEqual(0)
      expect(lost).toBeLessThan(duration >= 3_600_000 ? 60_000 : duration >= 1_000 ? 1_000 : 1)
    }),
  )
})
