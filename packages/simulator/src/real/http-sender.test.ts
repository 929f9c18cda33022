import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Incoming } from '../services/replica.ts'
import { attemptUnder } from '../services/requester.ts'
import { ServiceError } from '../services/service-error.ts'
import { httpDoor } from './http-door.ts'
import { HttpSender } from './http-sender.ts'

interface Stage {
  /** Sends a request until it is cut short. */
  readonly send: (signal?: AbortSignal) => Promise<unknown>
  readonly port: number
  readonly stop: () => void
}

async function stage(receive: (incoming: Incoming) => () => void): Promise<Stage> {
  const server = httpDoor(receive).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sender = new HttpSender({ inventory: port })
  const stop = (): void => {
    sender.close()
    server.closeAllConnections()
    server.close()
  }
  onTestFinished(stop)
  const send = (signal?: AbortSignal): Promise<unknown> =>
    sender.send({ from: 'web', replica: 'inventory', key: 'key-7', attempt: attemptUnder(signal) })
  return { send, port, stop }
}

const answering = (error?: ServiceError): ((incoming: Incoming) => () => void) => {
  return ({ answer }) => {
    answer(error)
    return () => {}
  }
}

it('a request arrives with its key, and its answer comes back', async () => {
  const keys: unknown[] = []
  const { send } = await stage(({ key, answer }) => {
    keys.push(key)
    answer()
    return () => {}
  })
  await expect(send()).resolves.toBeUndefined()
  expect(keys).toEqual(['key-7'])
})

it('a refusal comes back as what it is, with when to try again', async () => {
  const { send } = await stage(answering(new ServiceError('ERR_STATUS_503', 12.5)))
  await expect(send()).rejects.toMatchObject({ code: 'ERR_STATUS_503', retryAfterMs: 12.5 })
})

it('a failure does not say when to try again unless the service did', async () => {
  const { send } = await stage(answering(new ServiceError('ERR_STATUS_500')))
  await expect(send()).rejects.toMatchObject({ code: 'ERR_STATUS_500', retryAfterMs: undefined })
})

it('a lost connection is heard as a reset', async () => {
  const { send } = await stage(answering(new ServiceError('ECONNRESET')))
  await expect(send()).rejects.toMatchObject({ name: 'ServiceError', code: 'ECONNRESET' })
})

it('a port at which nobody listens refuses', async () => {
  const { send, stop } = await stage(answering())
  stop()
  await expect(send()).rejects.toMatchObject({ name: 'ServiceError', code: 'ECONNREFUSED' })
})

it('an attempt that is cut short ends with its reason, and the service hears that the client has left', async () => {
  let present = 0
  const { send } = await stage(() => {
    present++
    return () => present--
  })
  const leaving = new AbortController()
  const sent = send(leaving.signal)
  await vi.waitUntil(() => present === 1, { interval: 1, timeout: 15_000 })
  const reason = new Error('enough')
  leaving.abort(reason)
  await expect(sent).rejects.toBe(reason)
  await vi.waitUntil(() => present === 0, { interval: 1, timeout: 15_000 })
})

it('a service that answers a client that has left harms nobody', async () => {
  let late: Incoming | undefined
  const { send } = await stage((incoming) => {
    late ??= incoming
    if (late !== incoming) incoming.answer()
    return () => late?.answer()
  })
  await expect(send(AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' })
  await expect(send()).resolves.toBeUndefined()
})
