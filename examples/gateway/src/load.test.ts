import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { load } from './load.ts'
import type { LoadOptions, Sample } from './load.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Ten requests in a tenth of a second. */
function tenTo(url: string, options: Partial<LoadOptions> = {}): Promise<readonly Sample[]> {
  const bounds = { perSecond: 100, durationMs: 100, patienceMs: 2_000, startedAt: performance.now() }
  return load({ url, ...bounds, ...options })
}

it('sends one request after another at its rate, and tells who served each', async () => {
  const heard: Sample[] = []
  const url = await serve((_request, response) => void response.end('{"servedBy":"primary"}'))
  const samples = await tenTo(url, { onSample: (sample) => heard.push(sample) })
  expect(samples.map(({ atMs }) => atMs)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  expect(samples.every(({ ok, servedBy }) => ok && servedBy === 'primary')).toBe(true)
  expect(new Set(heard)).toEqual(new Set(samples))
})

it('waits for no answer before it sends the next request', async () => {
  let waiting = 0
  const responses: { end: () => void }[] = []
  const url = await serve((_request, response) => {
    responses.push(response)
    if (++waiting === 10) for (const each of responses) each.end()
  })
  const samples = await tenTo(url)
  expect(samples.every(({ ok }) => ok)).toBe(true)
})

it('counts latency from the moment a request was due, not from when it was sent', async () => {
  const url = await serve((_request, response) => void response.end())
  const [first, ...rest] = await tenTo(url, { startedAt: performance.now() - 500 })
  expect(first?.latencyMs).toBeGreaterThanOrEqual(500)
  for (const { atMs, latencyMs } of rest) expect(atMs + latencyMs).toBeGreaterThanOrEqual(500)
})

it('takes an answer other than 200 for a failure', async () => {
  const url = await serve((_request, response) => void response.writeHead(500).end())
  expect((await tenTo(url)).some(({ ok }) => ok)).toBe(false)
})

it('takes a request for failed that has no answer by then', async () => {
  const samples = await tenTo(await serve(() => {}), { patienceMs: 50 })
  expect(samples.some(({ ok }) => ok)).toBe(false)
  expect(samples.every(({ latencyMs }) => latencyMs >= 45 && latencyMs < 1_400)).toBe(true)
})

it('takes an answer that breaks off for a failure', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('part', () => response.destroy())
  })
  expect((await tenTo(url)).some(({ ok }) => ok)).toBe(false)
})

it('takes a refused connection for a failure', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const samples = await tenTo(`http://127.0.0.1:${port}/`)
  expect(samples).toHaveLength(10)
  expect(samples.some(({ ok }) => ok)).toBe(false)
})
