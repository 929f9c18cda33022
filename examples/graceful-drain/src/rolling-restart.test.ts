import { expect, it } from 'vitest'
import { rollingRestart } from './rolling-restart.ts'

it('loses no request where each instance announces that it stops', { timeout: 60_000 }, async () => {
  const { requests, failed, servedBy, exitCodes } = await rollingRestart('drained')
  expect(failed).toBe(0)
  expect(requests).toBeGreaterThan(50)
  expect([...servedBy.keys()].toSorted()).toEqual(['a', 'b', 'new a', 'new b'])
  expect(exitCodes).toEqual([0, 0])
})

it('loses some where each ends as Node lets it', { timeout: 60_000 }, async () => {
  const { failed, exitCodes } = await rollingRestart('bare')
  expect(failed).toBeGreaterThan(0)
  expect(exitCodes).toEqual([null, null])
})
