import { service } from './service.ts'
import { story } from './story.ts'
import { Warehouse } from './warehouse.ts'

const warehouse = new Warehouse()
const app = service(warehouse)
const url = await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`A service asks a warehouse, which is slow at times. Every request is answered within half a second,
four are served at once, and orders are taken twice a minute.
`)
console.log(`${''.padEnd(34)}${'answers'.padEnd(24)}${'asked'.padStart(8)}${'stopped'.padStart(10)}`)
for (const { did, heard, asked, stopped } of await story(url, warehouse)) {
  console.log(
    `${did.padEnd(34)}${heard.padEnd(24)}${String(asked).padStart(8)}${String(stopped).padStart(10)}`,
  )
}
console.log(`
When the time is up, or the client has gone, the warehouse hears of it and stops. What is too much is refused at
once (503) and never reaches it; who orders too often is told when to come back (429).`)
await app.close()
