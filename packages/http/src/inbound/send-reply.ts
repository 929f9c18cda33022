import type { Reply } from './reply.ts'

/** What is needed to answer: Node's own response has it, over HTTP/1 and HTTP/2. */
export interface AnswerableLike {
  readonly headersSent: boolean
  getHeaderNames?(): readonly string[]
  removeHeader(name: string): void
  writeHead(
    status: number,
    headers: Readonly<Record<string, string | number>>,
  ): { end(body: string): unknown }
}

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

/** Answers with `reply`, unless the answer has begun. Headers that say nothing of a body stay as they were set. */
export function sendReply(response: AnswerableLike, { status, headers, body }: Reply): void {
  if (response.headersSent) return
  if (response.getHeaderNames?.().length !== 0) forgetBody(response)
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Takes back what has been said of a body that is not sent. */
export function forgetBody(response: { removeHeader(name: string): unknown }): void {
  for (const header of aboutAnotherBody) response.removeHeader(header)
}
