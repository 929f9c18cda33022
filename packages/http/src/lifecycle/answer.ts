import type { IncomingHttpHeaders } from 'node:http'

/** What is needed of a request: Node's own has it, over HTTP/1 and HTTP/2. */
export interface ProbeRequest {
  readonly headers: IncomingHttpHeaders
  readonly url?: string | undefined
}

/** What is needed of a response: Node's own has it, over HTTP/1 and HTTP/2. */
export interface ProbeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Says `body` as JSON that no cache may keep. */
export function answer(response: ProbeResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.statusCode = status
  response.setHeader(
    'content-type',
    status >= 400 && 'title' in body ? 'application/problem+json' : 'application/json',
  )
  response.setHeader('content-length', String(Buffer.byteLength(text)))
  response.setHeader('cache-control', 'no-store')
  response.end(text)
}
