import { once } from 'node:events'
import { redisStore } from '@holdfast/redis'
import type { RedisStoreOptions } from '@holdfast/redis'

/** Opens a store, says so, closes it when it is told to, and says how long that took. Then nothing must keep it alive. */
const store = redisStore(JSON.parse(process.argv[2] ?? '') as RedisStoreOptions) // written by the test
store.open({
  pushed: () => {},
  connected: () => console.log('connected'),
  disconnected: () => console.log('disconnected'),
})
console.log('opened')
await once(process.stdin, 'data')
process.stdin.destroy()
const start = performance.now()
await store.close()
const closedMs = performance.now() - start
process.once('exit', () => console.log(JSON.stringify({ closedMs, leftMs: performance.now() - start })))
