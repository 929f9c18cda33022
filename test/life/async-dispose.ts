import { redisShare } from '@holdfast/redis'
import { callUntilTold, sayWhenOver, useOf } from './use.ts'

const share = redisShare({ url: process.argv[2] ?? '' })
const guarded = useOf(share)
await callUntilTold(share, guarded)
const begunAt = performance.now()
const stopped = share[Symbol.asyncDispose]()
await Promise.all([stopped, share.stop()])
const stoppedAt = performance.now()
console.log('then', await guarded.execute(() => 'called alone'))
sayWhenOver(begunAt, stoppedAt)
