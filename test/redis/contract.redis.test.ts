import { redisStore } from '@holdfast/redis'
import { storeContract } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'

describe('a store in Redis', () => {
  it.each(storeContract)('$name', async ({ run }) => {
    await using server = await redisServer()
    await expect(run({ connect: () => redisStore({ url: server.url }), eventually })).resolves.toBeUndefined()
  })
})
