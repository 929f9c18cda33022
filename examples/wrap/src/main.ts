import { tcpProxy } from '@holdfast/faults'
import { redisServer } from '@holdfast/test-servers'
import { cacheOn, connected } from './cache.ts'
import { story } from './story.ts'

const server = await redisServer()
const proxy = await tcpProxy({ target: { port: server.port } })
const redis = await connected(proxy.port)
console.log(`A service keeps its visits in a Redis, by ioredis with a pipeline around its commands. The connection is
lost when the command has been done and the answer is on its way; then Redis itself is out of reach.
`)
for (const { did, heard, events } of await story(cacheOn(redis), proxy)) {
  console.log(`${did.padEnd(34)} ${heard}`)
  for (const type of new Set(events)) {
    console.log(`    ${type} ${events.filter((each) => each === type).length}x`)
  }
}
console.log(`
The get was sent again, and nobody noticed. The incr was not: it had been done, as one sees, and would have
counted twice. When Redis is gone, the circuit opens and answers at once; later a probe finds Redis back.`)
redis.disconnect()
await proxy.stop()
await server.stop()
