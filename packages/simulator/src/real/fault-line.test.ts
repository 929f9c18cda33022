import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { seededRandom } from '@holdfast/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Injection } from '../injection.ts'
import type { Incoming } from '../services/replica.ts'
import { attemptUnder } from '../services/requester.ts'
import { FaultLine } from './fault-line.ts'
import { httpDoor } from './http-door.ts'
import { HttpSender } from './http-sender.ts'

const from = {
  name: 'web-2',
  of: 'web',
  kind: { to: 'inventory', load: { kind: 'open', perSecond: 1 } },
} as const
const to = { name: 'inventory-1', of: 'inventory', kind: { serviceMs: 0 } }
const down: Injection = { kind: 'down', target: 'inventory', fromMs: 0 }
const partition: Injection = { kind: 'partition', client: 'web-2', target: 'inventory-1', fromMs: 0 }

interface Stage {
  readonly line: FaultLine
  readonly send: (signal?: AbortSignal) => Promise<unknown>
  /** Requests that wait for their answers. */
  readonly waiting: Incoming[]
}

async function stage(isPatient: boolean = false): Promise<Stage> {
  const waiting: Incoming[] = []
  const server = httpDoor((incoming) => {
    if (isPatient) waiting.push(incoming)
    else incoming.answer()
    return () => {}
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const line = await FaultLine.open({ from, to, usual: undefined, random: seededRandom(1) }, port)
  const sender = new HttpSender({ [to.name]: line.port })
  onTestFinished(async () => {
    sender.close()
    await line.close()
    server.closeAllConnections()
    server.close()
  })
  const send = (signal?: AbortSignal): Promise<unknown> =>
    sender.send({ from: from.name, replica: to.name, key: undefined, attempt: attemptUnder(signal) })
  return { line, send, waiting }
}

it('of a service that goes down the connections are lost and new ones refused, until it is up again', async () => {
  const { line, send, waiting } = await stage(true)
  const lost = send()
  await vi.waitUntil(() => waiting.length === 1, { interval: 1, timeout: 15_000 })
  await line.suffer([down])
  await expect(lost).rejects.toMatchObject({ code: 'ECONNRESET' })
  await expect(send()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await line.suffer([])
  const heard = send()
  await vi.waitUntil(() => waiting.length === 2, { interval: 1, timeout: 15_000 })
  waiting[1]?.answer()
  await expect(heard).resolves.toBeUndefined()
})

it('a partition swallows what is sent, and nobody is told', async () => {
  const { line, send } = await stage()
  await line.suffer([partition])
  await expect(send(AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
  await line.suffer([])
  await expect(send()).resolves.toBeUndefined()
})

it('a slow network takes its time, each way', async () => {
  const { line, send } = await stage()
  await send()
  await line.suffer([{ kind: 'network', client: 'web', target: 'inventory', delayMs: 40, fromMs: 0 }])
  const began = performance.now()
  await send()
  expect(performance.now() - began).toBeGreaterThanOrEqual(80)
})

it('what concerns others passes it by', async () => {
  const { line, send } = await stage()
  await line.suffer([
    { ...partition, client: 'web-1' },
    { ...down, target: 'inventory-2' },
    { kind: 'hang', target: 'inventory', fromMs: 0 },
  ])
  await expect(send()).resolves.toBeUndefined()
})
