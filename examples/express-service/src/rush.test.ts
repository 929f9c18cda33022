import { expect, it } from 'vitest'
import { rush } from './rush.ts'
import { bare, guarded } from './service.ts'

it('serves more clients in time behind a door, and refuses the others at once', {
  timeout: 20_000,
}, async () => {
  const alone = await rush(bare())
  const behindADoor = await rush(guarded())
  expect(alone.refused).toBe(0)
  expect(alone.late + alone.failed).toBeGreaterThan(alone.inTime)
  expect(behindADoor.inTime).toBeGreaterThan(alone.inTime)
  expect(behindADoor.refused).toBeGreaterThan(100)
  for (const { sent, inTime, late, refused, failed } of [alone, behindADoor]) {
    expect(inTime + late + refused + failed).toBe(sent)
  }
})
