import { randomInt } from 'node:crypto'
import type { Clock, StoreFailure } from '@holdfast/core'
import { HoldfastConfigError } from '@holdfast/core'
import type { Client } from './client-options.ts'
import { ClientLife } from './client-life.ts'
import { failure, failureOf } from './failure.ts'
import { Pause, within } from './pause.ts'

/** What a line is for. */
export interface LineUse {
  /** A new client, for one attempt. */
  make(): Promise<Client>
  /** What a client that has connected must do before it is of use. */
  prepare(client: Client): Promise<void>
  up(client: Client): void
  down(client: Client, problem: StoreFailure): void
  /** An attempt to connect has failed. */
  failed(problem: StoreFailure): void
}

/** How long an attempt may take in all, with every sentinel asked, and how long a client may take to end. */
const attemptMs = 10_000
const closeMs = 150

/** Full jitter up to this, doubled from the first by every failure in a row. */
const shortestRestMs = 50
const longestRestMs = 2_000

/** Keeps a client connected: one after the other, each with the options and credentials of its moment. */
export class Line {
  readonly #clock: Clock
  readonly #use: LineUse
  readonly #below: (limit: number) => number
  #client: Client | undefined
  #pause: Pause | undefined
  #running: Promise<void> | undefined
  #stopped = false

  /** `below` draws a whole number from 0 to below its limit. */
  constructor(clock: Clock, use: LineUse, below: (limit: number) => number = randomInt) {
    this.#clock = clock
    this.#use = use
    this.#below = below
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
      await this.#rest(this.#below(Math.min(shortestRestMs * 2 ** failures, longestRestMs) + 1))
    }
  }

  /** Until its client has ended. Whether it was of use. */
  async #attempt(): Promise<boolean> {
    const client = await this.#made()
    if (client === undefined) return false
    const life = new ClientLife(client)
    this.#client = client
    const problem = await within(this.#clock, attemptMs, this.#prepared(client, life), tooLate)
    if (problem !== undefined || this.#stopped) {
      client.disconnect()
      if (problem !== undefined && !this.#stopped) this.#use.failed(problem)
      await within(this.#clock, attemptMs, life.ended, undefined)
      return false
    }
    this.#use.up(client)
    await life.ended
    this.#use.down(client, life.problem)
    return true
  }

  async #made(): Promise<Client | undefined> {
    try {
      const making = this.#use.make()
      const client = await within(this.#clock, attemptMs, making, undefined)
      if (client !== undefined && !this.#stopped) return client
      // One that nobody uses may be connecting already.
      void making.then(
        (unused) => unused.disconnect(),
        () => {},
      )
      if (!this.#stopped) this.#use.failed(tooLate)
      return undefined
    } catch (error) {
      // What the user's own functions throw may hold secrets.
      const message = error instanceof HoldfastConfigError ? error.message : 'no client could be made'
      if (!this.#stopped) this.#use.failed(failure('unreachable', message))
      return undefined
    }
  }

  async #prepared(client: Client, life: ClientLife): Promise<StoreFailure | undefined> {
    if (!(await life.ready)) return life.problem
    try {
      await Promise.race([this.#use.prepare(client), life.ended.then(() => Promise.reject(life.error))])
      return undefined
    } catch (error) {
      return failureOf(error)
    }
  }

  async #rest(durationMs: number): Promise<void> {
    if (this.#stopped) return
    this.#pause = new Pause(this.#clock, durationMs)
    await this.#pause.over
  }
}

const tooLate = failure('unreachable', `no connection stood within ${attemptMs} ms`)
