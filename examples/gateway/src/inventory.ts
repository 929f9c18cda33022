import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { seededRandom } from '@holdfast/testing'
import type { Health } from './schedule.ts'

/** The service that the gateways call. Started with its id, port (0: any) and seed; told over IPC how healthy it is. */
const [id = 'inventory', port = '0', seed = '1'] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const latencyMs = 10
let health: Health = 'healthy'

function answer(response: ServerResponse): void {
  const status = health === 'errors' && random() < 0.2 ? 500 : 200
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ servedBy: id, stock: 42 }))
}

const server = createServer((_request, response) => {
  if (health === 'hung') return
  setTimeout(answer, health === 'slow' ? latencyMs * 20 : latencyMs, response)
})

process.on('message', (message: { health: Health }) => {
  health = message.health
})
process.on('disconnect', () => process.exit())
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
