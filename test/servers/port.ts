import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A cluster node listens on this many above its own port too. */
const busOffset = 10_000

const given = new Set<number>()

/**
 * A free port on loopback, not given twice in this process; the port 10 000 above it is free as well. It lies below the
 * range from which the system hands out ports by itself: otherwise somebody could be given the port of a server that a
 * test has killed, or a client that dials it could be connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = randomInt(busOffset, 2 * busOffset)
    if (!(await isFree(port)) || !(await isFree(port + busOffset)) || given.has(port)) continue
    given.add(port)
    return port
  }
  throw new Error('no free port on 127.0.0.1 in 1000 attempts')
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
