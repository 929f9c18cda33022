import type { Clock, StoreFailure } from '@holdfast/core'
import { Cluster, Redis } from 'ioredis'
import type { Client } from './client-options.ts'
import { newClient, newListener } from './client.ts'
import { Heartbeat } from './heartbeat.ts'
import { Line } from './line.ts'
import { shards } from './scripts/encoding.ts'
import type { Settings } from './settings.ts'

export interface ConnectionListener {
  /** Requests can be sent, and messages are heard from now on. */
  connected(): void
  /** Either is not so, or an attempt to connect has failed. */
  disconnected(problem: StoreFailure): void
  pushed(text: string): void
}

/** After how long a silence a server is asked whether it lives, in milliseconds. */
const silenceMs = 1_500
const listeningSilenceMs = 5_000

/**
 * One connection that carries requests and messages where the protocol lets it (RESP3), else one for each. A cluster's
 * messages always have their own.
 */
export class Connection {
  readonly #clock: Clock
  readonly #settings: Settings
  readonly #listener: ConnectionListener
  readonly #main: Line
  readonly #second: Line
  readonly #heartbeats = new Map<Client, Heartbeat>()
  #cluster: Cluster | undefined
  #requests: Client | undefined
  #messages: Client | undefined
  #isClosed = false

  constructor(clock: Clock, settings: Settings, listener: ConnectionListener) {
    this.#clock = clock
    this.#settings = settings
    this.#listener = listener
    const common = {
      down: (client: Client, problem: StoreFailure) => this.#lost(client, problem),
      failed: (problem: StoreFailure) => listener.disconnected(problem),
    }
    this.#main = new Line(clock, {
      ...common,
      make: () => newClient(settings),
      prepare: (client) => (client instanceof Cluster ? Promise.resolve() : this.#subscribe(client)),
      up: (client) => this.#mainUp(client),
    })
    this.#second = new Line(clock, {
      ...common,
      make: () => (this.#cluster === undefined ? newClient(settings) : newListener(this.#cluster, settings)),
      prepare: (client) => (this.#cluster === undefined ? Promise.resolve() : this.#subscribe(client)),
      up: (client) => this.#secondUp(client),
    })
  }

  open(): void {
    this.#main.start()
  }

  /** What requests are sent on now. */
  forRequests(): Client | undefined {
    const client = this.#requests
    if (client !== undefined) this.#heartbeats.get(client)?.sent()
    return client
  }

  /** Ends within 150 ms. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#main.stop(), this.#second.stop()])
    for (const heartbeat of this.#heartbeats.values()) heartbeat.stop()
  }

  async #subscribe(client: Client): Promise<void> {
    client.on('message', (_channel: string, text: string) => this.#listener.pushed(text))
    await client.subscribe(
      ...Array.from({ length: shards }, (_, shard) => `${this.#settings.prefix}:ev:${shard}`),
    )
  }

  #mainUp(client: Client): void {
    if (client instanceof Cluster) {
      this.#cluster = client
      this.#requests = client
    } else {
      this.#messages = client
      // Elsewhere a connection that listens carries nothing else.
      if (client.mode === 'normal') this.#requests = client
    }
    if (this.#requests !== this.#messages) this.#second.start()
    this.#stands(client)
  }

  #secondUp(client: Client): void {
    if (this.#cluster === undefined) this.#requests = client
    else this.#messages = client
    this.#stands(client)
  }

  #stands(client: Client): void {
    if (client instanceof Redis) {
      const ms = client === this.#requests ? silenceMs : listeningSilenceMs
      this.#heartbeats.set(client, new Heartbeat(this.#clock, client, ms))
    }
    if (this.#requests !== undefined && this.#messages !== undefined) this.#listener.connected()
  }

  #lost(client: Client, problem: StoreFailure): void {
    this.#heartbeats.get(client)?.stop()
    this.#heartbeats.delete(client)
    if (this.#requests !== client && this.#messages !== client) return
    if (this.#requests === client) this.#requests = undefined
    if (this.#messages === client) this.#messages = undefined
    if (!this.#isClosed) this.#listener.disconnected(problem)
  }
}
