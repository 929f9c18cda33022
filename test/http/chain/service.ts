import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { bulkhead, standard, systemClock } from '@holdfast/core'
import type { Bulkhead } from '@holdfast/core'
import { protect, refusals } from '@holdfast/express'
import { resilientFetch } from '@holdfast/fetch'
import type { ResilientFetch } from '@holdfast/fetch'
import { scopeOf, timeoutHeader } from '@holdfast/http'
import express from 'express'
import type { ErrorRequestHandler, Request, Response } from 'express'

/** Says which request of the service before a request belongs to. */
export const parentHeader = 'test-parent'

/** A request as a service saw it. */
export interface Arrival {
  /** The number of the arrival, at the service before, that it belongs to. */
  readonly parent: number
  /** Which attempt of the one before it is; 1 is the first. */
  readonly attempt: number
  /** What the one before said of how much it matters; undefined where it said nothing. */
  readonly criticality: string | undefined
  /** What the one before said is left, in milliseconds; `NaN` where it said nothing. */
  readonly saidMs: number
  /** What was left when it asked the next; `NaN` before that. */
  leftMs: number
}

interface Last {
  readonly takesMs: number
  /** What it answers with, by the number of the request. */
  readonly status: (request: number) => number
}

interface Link {
  readonly takesMs: number
  readonly next: Service
}

/** One in a row of services: believes the one before it, takes its time, and asks the one behind it. */
export class Service {
  readonly arrivals: Arrival[] = []
  readonly permits: Bulkhead = bulkhead({ limit: 1_000 })
  /** Requests that it has passed on, whatever the number of attempts. */
  passedOn = 0
  /** Attempts beyond the first. */
  extraAttempts = 0
  readonly #place: Last | Link
  readonly #client: ResilientFetch = eagerFetch()
  readonly #server: Server

  private constructor(place: Last | Link) {
    this.#place = place
    this.#client.outbound.on(({ type }) => {
      if (type === 'retry.scheduled') this.extraAttempts++
    })
    const app = express()
    app.use(protect('chain', [this.permits], { trust: true }))
    app.get('/', (request, response) => this.#serve(request, response))
    app.use(refusals())
    app.use(unavailable)
    this.#server = app.listen(0, '127.0.0.1')
  }

  static async start(place: Last | Link): Promise<Service> {
    const service = new Service(place)
    await once(service.#server, 'listening')
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: Request, response: Response): Promise<void> {
    const parent = Number(request.get(parentHeader))
    const saidMs = Number(request.get(timeoutHeader) ?? Number.NaN)
    const attempt = Number(request.get('holdfast-attempt') ?? 1)
    const criticality = request.get('holdfast-criticality')
    const arrival: Arrival = { parent, attempt, criticality, saidMs, leftMs: Number.NaN }
    const number = this.arrivals.push(arrival) - 1
    const scope = scopeOf(request)
    const { signal, deadline = Infinity } = scope ?? {}
    await wait(this.#place.takesMs, undefined, signal === undefined ? {} : { signal })
    if ('status' in this.#place) return void response.status(this.#place.status(number)).end()
    arrival.leftMs = deadline - systemClock.now()
    this.passedOn++
    const answer = await this.#client(this.#place.next.url, { headers: { [parentHeader]: `${number}` } })
    await answer.arrayBuffer()
    response.status(answer.status).end()
  }
}

/** Whatever went wrong behind it, without a page about it. */
const unavailable: ErrorRequestHandler = (_error, _request, response, _next) => {
  if (!response.headersSent) response.status(503).end()
}

/** Tries again at once, and is not stopped by a circuit: only the budget bounds its attempts. */
export function eagerFetch(): ResilientFetch {
  const parts = standard.filter(({ kind }) => kind !== 'circuit-breaker')
  return resilientFetch({ parts, retry: { attempts: 3, backoff: { baseMs: 0 } } })
}
