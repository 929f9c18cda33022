import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { stock } from './client.ts'
import { StockService } from './service.ts'
import { chapter, healths } from './story.ts'

it('fails nobody, leaves the primary alone while it is ill, and goes back to it', async () => {
  const [primary, standby] = [new StockService('primary'), new StockService('standby')]
  const origin = await primary.listen()
  const dispatcher = stock(origin, await standby.listen())
  onTestFinished(async () => {
    await dispatcher.destroy()
    primary.close()
    standby.close()
  })
  for (const health of healths) {
    const { answered, asked, failed } = await chapter(health, dispatcher, origin, primary)
    expect({ health, failed }).toEqual({ health, failed: 0 })
    if (health === 'well') expect(answered['primary']).toBeGreaterThan(5)
    else expect(asked).toBeLessThan(8)
    if (health === 'silent') await wait(1_500)
  }
})
