import { redisShare } from '@holdfast/redis'
import { callUntilTold, sayWhenOver, useOf } from './use.ts'

let begunAt = 0
{
  await using share = redisShare({ url: process.argv[2] ?? '' })
  await callUntilTold(share, useOf(share))
  begunAt = performance.now()
}
sayWhenOver(begunAt, performance.now())
