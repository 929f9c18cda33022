import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Authority } from './certificates.ts'
import { gateway } from './gateway.ts'
import { Inventory } from './inventory.ts'
import { Visitor } from './visitor.ts'
import type { Question } from './visitor.ts'

const newToken = (): string => randomBytes(32).toString('base64url')

const authority = new Authority('example authority')
const inventory = new Inventory(authority.server('inventory'), authority.cert)
const tokens = { viewer: newToken(), operator: newToken() }
const { server, life } = gateway({
  identity: authority.server('gateway'),
  tokens,
  upstream: { url: await inventory.listen(), ca: authority.cert, client: authority.client('gateway') },
  lifecycle: { signals: ['SIGTERM', 'SIGINT'], announceMs: 200 },
})
await once(server.listen(0, '127.0.0.1'), 'listening')
using visitor = new Visitor((server.address() as AddressInfo).port, authority.cert)

async function show(what: string, path: string, question: Question = {}): Promise<void> {
  const { status, body } = await visitor.ask(path, question)
  const shown = body.length > 90 ? `${body.slice(0, 90)}…` : body
  console.log(`${what.padEnd(46)} ${status}  ${shown}`)
}

console.log('An HTTPS gateway before an inventory that asks for a client certificate.\n')
const forced = { method: 'PUT', json: { state: 'open', reason: 'the inventory moves house' } }
await show('anybody asks for stock', '/stock')
await show('somebody without a token asks for the status', '/admin/status')
await show('the viewer asks for the status', '/admin/status', { token: tokens.viewer })
await show('the viewer tries to force the circuit open', '/admin/override', {
  ...forced,
  token: tokens.viewer,
})
await show('the operator forces it open', '/admin/override', { ...forced, token: tokens.operator })
await show('anybody asks for stock', '/stock')
await show('the operator lets go', '/admin/override', { method: 'DELETE', token: tokens.operator })
await show('anybody asks for stock', '/stock')

const report = await life.drain()
await inventory.close()
console.log(`\nThe gateway has drained: ${report.cut} requests cut short, exit code ${report.exitCode}.`)
process.exitCode = report.exitCode
