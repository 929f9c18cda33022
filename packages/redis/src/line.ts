import { randomInt } from 'node:crypto'
import type { Clock, StoreFailure } from '@holdfast/core'
import { HoldfastConfigError } from '@holdfast/core'
import { Redis } from 'ioredis'
import type { Client } from './client.ts'
import { failure, failureOf } from './failure.ts'
import { Pause, within } from './pause.ts'

/** What a line is for. */
export interface LineUse {
  /** A new client, for one attempt. */
  make(): Promise<Client>
  /** What a client that has connected must do before it is of use. */
  prepare(client: Client): Promise<void>
  up(client: Client): void
  down(client: Client): void
  /** An attempt to connect has failed. */
  failed(problem: StoreFailure): void
}

/** How long an attempt may take in all, with every sentinel asked. */
const attemptMs = 10_000

/** How long ending may take. */
export const closeMs = 150

/**
 * Keeps one client connected: one after the other, each with the options and credentials of its moment, and full jitter
 * between them.
 */
export class Line {
  readonly #clock: Clock
  readonly #use: LineUse
  #client: Client | undefined
  #pause: Pause | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(clock: Clock, use: LineUse) {
    this.#clock = clock
    this.#use = use
  }

  /** Does nothing where it has started already. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends within 150 ms, whatever it waits for. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#pause?.end()
    this.#client?.disconnect()
    if (this.#running !== undefined) await within(this.#clock, closeMs, this.#running, undefined)
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopped) {
      const stood = await this.#attempt()
      failures = stood ? 1 : failures + 1
      // It may have been stopped meanwhile.
      if (!this.#stopped) await this.#rest(randomInt(Math.min(50 * 2 ** failures, 2_000) + 1))
    }
  }

  /** Until its client has ended. Whether it was of use. */
  async #attempt(): Promise<boolean> {
    const client = await this.#made()
    if (client === undefined) return false
    const life = new ClientLife(client)
    this.#client = client
    if (this.#stopped) client.disconnect()
    const problem = await within(this.#clock, attemptMs, this.#prepared(client, life), tooLate)
    if (problem !== undefined || this.#stopped) {
      client.disconnect()
      if (problem !== undefined && !this.#stopped) this.#use.failed(problem)
      await within(this.#clock, attemptMs, life.ended, undefined)
      return false
    }
    this.#use.up(client)
    await life.ended
    this.#use.down(client)
    return true
  }

  async #made(): Promise<Client | undefined> {
    try {
      return await this.#use.make()
    } catch (error) {
      // What the user's own functions throw may hold secrets.
      const message = error instanceof HoldfastConfigError ? error.message : 'no client could be made'
      this.#use.failed(failure('unreachable', message))
      return undefined
    }
  }

  async #prepared(client: Client, life: ClientLife): Promise<StoreFailure | undefined> {
    const isReady = await life.ready
    if (!isReady) return life.problem
    try {
      await Promise.race([this.#use.prepare(client), life.ended.then(() => Promise.reject(life.error))])
      return undefined
    } catch (error) {
      return failureOf(error)
    }
  }

  async #rest(durationMs: number): Promise<void> {
    this.#pause = new Pause(this.#clock, durationMs)
    await this.#pause.over
  }
}

const tooLate = failure('unreachable', `no connection stood within ${attemptMs} ms`)

/** Connects a client, and hears how it ends. */
class ClientLife {
  readonly ready: Promise<boolean>
  readonly ended: Promise<void>
  error: unknown = new Error('no connection')

  constructor(client: Client) {
    client.on('error', (error: unknown) => {
      this.error = causeOf(error)
    })
    // A node that refuses the password that the cluster was made with asks for a new cluster.
    client.on('node error', (error: unknown) => {
      if (failureOf(error).reason !== 'no permission') return
      this.error = error
      client.disconnect()
    })
    this.ended = new Promise((resolve) => {
      client.once('end', () => resolve())
    }).then(() => {
      // What listens to the sentinels may have been made while the connection was being given up.
      if (client instanceof Redis && client.options.sentinels) client.disconnect()
    })
    this.ready = Promise.race([
      this.ended.then(() => false),
      new Promise<boolean>((resolve) => {
        if (client.status === 'ready') resolve(true)
        client.once('ready', () => resolve(true))
      }),
    ])
    if (client.status === 'wait') client.connect().catch(() => {})
  }

  get problem(): StoreFailure {
    return failureOf(this.error)
  }
}

/** Of a cluster's error, the one of the node that was asked last. */
function causeOf(error: unknown): unknown {
  const last = typeof error === 'object' && error !== null && 'lastNodeError' in error ? error.lastNodeError : undefined
  return last instanceof Error ? last : error
}
