import { orders } from './client.ts'
import { OrderService } from './service.ts'
import { story } from './story.ts'

const service = new OrderService()
const client = orders(await service.listen())
console.log(`A service sends its orders by axios; the adapter around each attempt is Holdfast's. What happened to the
requests, which of them came, and what the caller heard:
`)
for (const { did, troubles, requests, heard, tookMs } of await story(client, service)) {
  const happened = troubles.length === 0 ? 'all is well' : troubles.join(', ')
  console.log(`${did.padEnd(20)} ${happened.padEnd(18)} ${requests.join(', ')}`)
  console.log(`${''.padEnd(20)} ${heard} (${Math.round(tookMs)} ms)`)
}
console.log(`
A read is sent again. An order is not, for it may have been taken before the connection broke; with a key, by
which the service finds an order that comes twice, it is. In the end the circuit is open: a service that fails
is left alone, and the caller is told at once.`)
service.close()
