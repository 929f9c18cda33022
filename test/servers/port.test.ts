import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { freePort, isFree } from './port.ts'

async function listening(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return server
}

it('gives ports that can be listened on, each once, and none that the system gives out by itself', async () => {
  const ports: number[] = []
  while (ports.length < 400) ports.push(await freePort())
  expect(new Set(ports).size).toBe(ports.length)
  expect(Math.max(...ports) + 10_000, 'Linux gives out 32 768 and more').toBeLessThan(32_768)
  await expect(listening(ports[0])).resolves.toBeDefined()
})

it('knows a port that is taken', async () => {
  const address = (await listening()).address()
  if (address === null || typeof address === 'string') throw new Error('it listens on a port')
  expect(await isFree(address.port)).toBe(false)
  expect(await isFree(await freePort())).toBe(true)
})
