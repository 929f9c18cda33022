import { once } from 'node:events'
import { Agent, request } from 'node:https'
import type { RequestOptions } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Somebody who trusts the authority, and talks to the gateway. */
export class Visitor implements Disposable {
  readonly #port: number
  readonly #agent: Agent

  constructor(port: number, authority: string) {
    this.#port = port
    this.#agent = new Agent({ ca: authority })
  }

  async ask(path: string, { token, json, ...options }: Question = {}): Promise<Answer> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    }
    const asking = request({
      ...options,
      host: '127.0.0.1',
      port: this.#port,
      path,
      agent: this.#agent,
      headers,
    })
    asking.end(json === undefined ? undefined : JSON.stringify(json))
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    return { status: response.statusCode, headers: response.headers, body }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

export interface Question extends Pick<RequestOptions, 'method'> {
  readonly token?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
