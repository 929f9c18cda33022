/**
 * What is needed of a request, whatever the framework: Node's own has it, over HTTP/1 and HTTP/2, and so have those of
 * Express, Fastify and Koa.
 */
export interface RequestLike {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
  /** Path and query. */
  readonly url?: string | undefined
  /** The same where a router has taken its own part out of `url`. */
  readonly originalUrl?: string
}
