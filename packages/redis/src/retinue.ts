import { Cluster } from 'ioredis'
import type { Redis } from 'ioredis'
import type { Client } from './client-options.ts'

/**
 * Keeps a client's faults to itself. ioredis listens to the first error of a socket alone, and TLS may bring a second one,
 * which would end the process; it also leaves connections behind that it makes for itself.
 */
export function guard(client: Client): void {
  if (!(client instanceof Cluster)) return guardSocket(client)
  const watch = retinueOf(client)
  client.on('+node', (node: Redis) => {
    guardSocket(node)
    const duplicate = node.duplicate.bind(node)
    node.duplicate = (changes) => {
      const asking = duplicate(changes)
      watch(asking)
      return asking
    }
  })
}

/**
 * Tells of connections that a client has made for its own use. What they complain of is an error of the client until it has
 * connected, instead of a line on the console or nothing at all; and they end with it.
 */
export function retinueOf(client: Client): (other: Redis) => void {
  const others = new Set<Redis>()
  const leave = (): void => others.forEach((other) => other.disconnect())
  const disconnect = client.disconnect.bind(client)
  client.disconnect = (reconnect) => {
    disconnect(reconnect)
    leave()
  }
  // Some may have been made while the client was being given up.
  client.once('end', leave)
  return (other) => {
    guardSocket(other)
    others.add(other)
    other.once('end', () => others.delete(other))
    other.on('error', (error) => {
      if (client.status === 'connecting') client.emit('error', error)
    })
    if (client.status === 'end') other.disconnect()
  }
}

function guardSocket(client: Redis): void {
  let socket: Redis['stream'] | undefined = client.stream
  const guarded = (stream: Redis['stream'] | undefined): void => {
    socket = stream
    stream?.on('error', () => {})
  }
  guarded(socket)
  Object.defineProperty(client, 'stream', { get: () => socket, set: guarded, enumerable: true })
}
