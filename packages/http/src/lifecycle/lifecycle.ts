import type { Server } from 'node:net'
import { HoldfastConfigError } from '@holdfast/core'
import { answer } from './answer.ts'
import type { ProbeRequest, ProbeResponse } from './answer.ts'
import { Connections } from './connections.ts'
import { Drain } from './drain.ts'
import type { DrainReport } from './drain.ts'
import { DrainingError } from './draining-error.ts'
import { inTime } from './in-time.ts'
import { settingsOf } from './options.ts'
import type { LifecycleOptions, Settings } from './options.ts'
import { onSignals } from './signals.ts'
import { answerStatus } from './status.ts'

/** A server from its first request to its last. The handlers need no `this`, so that they can be mounted as they are. */
export interface Lifecycle {
  /** `announcing`: not ready, but serving as before. `draining`: answers what is under way and accepts nothing more. */
  readonly phase: 'serving' | Drain['phase']
  /** Aborted when the drain begins: for what is no request, such as a loop over jobs or a WebSocket. */
  readonly draining: AbortSignal
  /** Answers 200 as long as the process can answer at all, whatever it depends on, while it drains too. */
  readonly liveness: (request: ProbeRequest, response: ProbeResponse) => void
  /** Answers 200 where requests may be sent here, 503 where not: before it listens, from the drain on, or by `ready`. */
  readonly readiness: (request: ProbeRequest, response: ProbeResponse) => Promise<void>
  /** Answers what `status` allows a request to see; 404 where it was not given, and 403 to whom it does not allow. */
  readonly status: (request: ProbeRequest, response: ProbeResponse) => Promise<void>
  /** Drains once, however often it is asked; never rejects. Nothing exits the process unless a signal began it. */
  readonly drain: () => Promise<DrainReport>
}

/**
 * Gives `server`, one of `node:http`, `node:https` or `node:http2`, handlers for probes and a way to stop without losing
 * a request. Make it before the server listens. Throws `HoldfastConfigError` for what makes no sense.
 */
export function lifecycle(server: Server, options: LifecycleOptions = {}): Lifecycle {
  const given: unknown = server
  if (typeof given !== 'object' || given === null || !('listening' in given)) {
    throw new HoldfastConfigError('lifecycle: the first argument must be a server of Node')
  }
  return new ServerLifecycle(server, settingsOf(options))
}

/** How long `ready` may take. */
const readyMs = 1_000

class ServerLifecycle implements Lifecycle {
  readonly #server: Server
  readonly #settings: Settings
  readonly #connections: Connections
  readonly #draining = new AbortController()
  readonly #removeSignals: () => void
  #drain: Drain | undefined
  #exited = false
  #asking: Promise<boolean> | undefined

  constructor(server: Server, settings: Settings) {
    this.#server = server
    this.#settings = settings
    this.#connections = new Connections(server)
    this.#removeSignals = onSignals(settings.signals, this.#exitWhenDrained, this.#exitAtOnce)
    server.once('close', () => void (this.phase === 'serving' && this.#removeSignals()))
  }

  get phase(): Lifecycle['phase'] {
    return this.#drain?.phase ?? 'serving'
  }

  get draining(): AbortSignal {
    return this.#draining.signal
  }

  readonly liveness: Lifecycle['liveness'] = (_request, response) =>
    answer(response, 200, { status: 'alive' })

  readonly readiness: Lifecycle['readiness'] = async (_request, response) => {
    const ready = this.phase === 'serving' && this.#server.listening && (await this.#isReady())
    // It may have begun to drain meanwhile.
    const { phase } = this
    if (phase !== 'serving') return answer(response, 503, { status: phase })
    answer(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' })
  }

  readonly status: Lifecycle['status'] = (request, response) => {
    const { phase } = this
    const state = { phase, requests: this.#connections.open, scopes: this.#settings.scopes.open }
    return answerStatus(this.#settings.status, state, request, response)
  }

  readonly drain: Lifecycle['drain'] = () => {
    if (this.#drain === undefined) {
      const { clock, scopes, cleanups, ...timing } = this.#settings
      this.#drain = new Drain({ connections: this.#connections, clock, scopes, cleanups, timing })
      void this.#drain.report.then(this.#removeSignals)
      this.#draining.abort(new DrainingError())
    }
    return this.#drain.report
  }

  /** Probes that come while one is asked share its answer. */
  #isReady(): Promise<boolean> {
    this.#asking ??= inTime(this.#settings.clock, readyMs, this.#settings.ready).then((outcome) => {
      this.#asking = undefined
      return outcome !== undefined && 'value' in outcome && outcome.value !== false
    })
    return this.#asking
  }

  readonly #exitWhenDrained = (): void => {
    void this.drain().then((report) => this.#exit(report))
  }

  readonly #exitAtOnce = (exitCode: number): void => {
    this.#exit({ exitCode, cut: this.#drain?.hurry() ?? 0, failures: [] })
  }

  #exit(report: DrainReport): void {
    if (this.#exited) return
    this.#exited = true
    this.#removeSignals()
    this.#settings.exit(report)
  }
}
