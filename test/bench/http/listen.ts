import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

/** Longer than any run, so that no connection is closed while the others have their turn. */
export const keepAliveMs = 600_000

export async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer({ keepAliveTimeout: keepAliveMs }, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
