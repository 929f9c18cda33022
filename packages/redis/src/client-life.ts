import type { StoreFailure } from '@holdfast/core'
import type { Client } from './client-options.ts'
import { failure, failureOf } from './failure.ts'

/** Connects a client, and hears how it ends. */
export class ClientLife {
  /** Whether it can be used; false where it ended before. */
  readonly ready: Promise<boolean>
  readonly ended: Promise<void>
  /** What it complained of last. */
  error: unknown

  constructor(client: Client) {
    client.on('error', (error: unknown) => {
      if (this.error === undefined || !isSummary(error)) this.error = causeOf(error)
    })
    this.ended = new Promise<void>((resolve) => {
      if (client.status === 'end') resolve()
      client.once('end', resolve)
      // A node that refuses the password that the cluster was made with needs a new cluster.
      client.on('node error', (error: unknown) => {
        if (failureOf(error).reason !== 'no permission') return
        this.error = error
        client.disconnect()
        // A cluster that has lost its last node already never says that it has ended.
        resolve()
      })
    })
    const isReady = new Promise<boolean>((resolve) => {
      if (client.status === 'ready') resolve(true)
      client.once('ready', () => resolve(true))
    })
    this.ready = Promise.race([isReady, this.ended.then(() => false)])
    if (client.status === 'wait') client.connect().catch(() => {})
  }

  /** Why it has ended. */
  get problem(): StoreFailure {
    return this.error === undefined
      ? failure('unreachable', 'the connection was lost')
      : failureOf(this.error)
  }
}

/** What a client says when no sentinel or node was of use, after what each of them has said. */
function isSummary(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(All sentinels are unreachable|Failed to refresh slots cache)/.test(error.message)
  )
}

/** Of a cluster's error, that of the node that was asked last. */
function causeOf(error: unknown): unknown {
  const last =
    typeof error === 'object' && error !== null && 'lastNodeError' in error ? error.lastNodeError : undefined
  return last instanceof Error ? last : error
}
