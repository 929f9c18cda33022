import { PassThrough } from 'node:stream'
import type { RequestOptions } from 'node:http'
import type { Exchange } from './adapter.ts'

/** A way to ask and to be answered. */
export interface Way {
  readonly name: string
  readonly request: RequestOptions
  readonly body?: string
  readonly answer: string
  /** Does what the handler does at first, and returns how it comes to an end. */
  begin(exchange: Exchange): () => void
}

const atOnce = (exchange: Exchange) => () => exchange.answer(200, 'whole')
const json = { 'content-type': 'application/json' }

export const ways: readonly Way[] = [
  { name: 'GET', request: { method: 'GET' }, answer: 'whole', begin: atOnce },
  {
    name: 'POST with a body',
    request: { method: 'POST', headers: json },
    body: '{"a":1}',
    answer: 'whole',
    begin: atOnce,
  },
  { name: 'POST without a body', request: { method: 'POST' }, answer: 'whole', begin: atOnce },
  {
    name: 'an answer that streams',
    request: { method: 'GET' },
    answer: 'first last',
    begin: (exchange) => {
      const source = new PassThrough()
      exchange.stream(source)
      source.write('first ')
      return () => source.end('last')
    },
  },
  {
    name: 'a response that was taken away from the framework',
    request: { method: 'GET' },
    answer: 'first last',
    begin: (exchange) => {
      const response = exchange.hijack()
      response.writeHead(200).write('first ')
      return () => void response.end('last')
    },
  },
]
