import type { RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from './listen.ts'
import { Load } from './load.ts'

const connections = 4

async function loadOn(listener: RequestListener): Promise<Load> {
  const server = await listen(listener)
  const load = await Load.open((server.address() as AddressInfo).port, connections, 200)
  onTestFinished(() => {
    load.close()
    server.close()
  })
  return load
}

it('makes so many requests, run after run, one at a time on each of its connections', async () => {
  let asked = 0
  const waiting: ServerResponse[] = []
  const load = await loadOn((_request, response) => {
    asked++
    response.writeHead(200, { 'content-length': 12 }).write('in two')
    // Answers come only when there is a request on each connection.
    if (waiting.push(response) < connections) return
    for (const each of waiting.splice(0)) each.end(' parts')
  })
  await load.run(10 * connections)
  expect([asked, waiting.length]).toEqual([10 * connections, 0])
  await load.run(connections)
  expect([asked, waiting.length]).toEqual([11 * connections, 0])
})

it('fails where one answer has another status', async () => {
  let asked = 0
  const load = await loadOn((_request, response) => {
    response.statusCode = ++asked === 20 ? 500 : 200
    response.end('answer')
  })
  await expect(load.run(30)).rejects.toThrow('answered with HTTP/1.1 500')
})

it('fails where an answer does not tell its length, or a connection is closed', async () => {
  const chunked = await loadOn((_request, response) => void response.write('part'))
  await expect(chunked.run(1)).rejects.toThrow('without a length')
  const closing = await loadOn((request) => void request.socket.destroy())
  await expect(closing.run(1)).rejects.toThrow('closed a connection')
})
