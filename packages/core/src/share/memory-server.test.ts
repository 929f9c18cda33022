import { storeContract, VirtualClock } from '@holdfast/testing'
import type { StoreFixture } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { memoryServer } from './memory-server.ts'

describe('a store in memory', () => {
  it.each(storeContract)('$name', async ({ run }) => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const fixture: StoreFixture = {
      connect: () => server.connect(),
      async eventually(what, condition) {
        await clock.settle()
        if (!condition()) throw new Error(`not so: ${what}`)
      },
    }
    await expect(run(fixture)).resolves.toBeUndefined()
  })
})
