import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from '@holdfast/core'
import { expect, test } from 'vitest'
import { loadShedding } from './load-shedding.ts'
import { replyTo } from './reply.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
}

function ask(port: number, criticality: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', headers: { criticality }, agent: false }, (response) => {
      response.resume().once('end', () => resolve({ status: response.statusCode, headers: response.headers }))
    })
    request.once('error', reject)
  })
}

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a busy server gives up what is sheddable, says when to come back, and serves the rest', {
  timeout: 60_000,
}, async () => {
  const shedding = loadShedding({ eventLoopDelayMs: 20 })
  const door = pipeline('door', [shedding])
  const server = createServer(async (request, response) => {
    const { criticality } = request.headers
    const admission = await door.admit({ metadata: { criticality } })
    if (admission.admitted) {
      block(30)
      response.end('served')
      return admission.settle({ value: 200 })
    }
    const reply = replyTo(admission.error)
    response.writeHead(reply?.status ?? 500, reply?.headers).end(reply?.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let refused: Answer | undefined
  for (let round = 0; round < 200 && refused === undefined; round++) {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(port, 'sheddable')))
    refused = answers.find(({ status }) => status === 503)
  }
  expect(refused).toMatchObject({ status: 503, headers: { 'content-type': 'application/problem+json' } })
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(await ask(port, 'critical-plus')).toMatchObject({ status: 200 })
  expect(shedding.statistics().level).toBeGreaterThan(0)
  shedding.detach?.()
  server.close()
})
