import type { Reply } from '@holdfast/http'
import type { Response } from 'express'

/** What a handler may have said of an answer that is not given now. */
const aboutAnotherBody = [
  'cache-control',
  'content-encoding',
  'content-language',
  'content-range',
  'etag',
  'last-modified',
  'transfer-encoding',
]

export function send(response: Response, { status, headers, body }: Reply): void {
  for (const header of aboutAnotherBody) response.removeHeader(header)
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}
