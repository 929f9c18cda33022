import type { Endpoint } from '../call.ts'
import type { Alarm } from '../clock.ts'
import type { Host } from '../host.ts'
import { TimeoutError } from '../timeout-error.ts'
import type { Candidate } from './candidate.ts'
import type { Reporter } from './reporter.ts'

export interface HealthCheckOptions {
  /**
   * Asks one endpoint whether it is well: it is not where this throws, rejects, answers `false` or takes too long, when the
   * signal is aborted.
   */
  readonly check: (endpoint: Endpoint, signal: AbortSignal) => unknown
  /** From one check of an endpoint to the next, and up to a tenth longer. Default 10 000. */
  readonly intervalMs?: number
  /** Default 2 000; at most the interval. */
  readonly timeoutMs?: number
  /** So many failures in a row make an endpoint sick. Default 3. */
  readonly failures?: number
  /** So many successes in a row make it well again. Default 2. */
  readonly successes?: number
  /** Without a call for so long nothing is checked. Default 60 000. */
  readonly idleMs?: number
}

/** Who sees to the endpoints. */
export interface CheckListener {
  /** It is sick from now on, or no longer. */
  turned(candidate: Candidate, now: number): void
}

/** Up to this share is added to an interval, so that instances do not check together. */
const jitterRatio = 0.1

/** One endpoint that is checked. */
interface Patient {
  readonly candidate: Candidate
  nextAt: number
  /** Of the check that runs. */
  running: AbortController | undefined
  timesOutAt: number
  failures: number
  successes: number
}

/**
 * Asks the endpoints from time to time whether they are well, as long as they are called. Its alarm is in the background, so
 * that it keeps no process alive, and is cleared when nobody has called for a while.
 */
export class HealthChecks {
  readonly #host: Host
  readonly #reporter: Reporter
  readonly #listener: CheckListener
  readonly #patients = new Map<Candidate, Patient>()
  readonly #alarm: Alarm
  #options: Required<HealthCheckOptions>
  #usedAt = -Infinity
  #awake = false

  constructor(
    host: Host,
    options: Required<HealthCheckOptions>,
    listener: CheckListener,
    reporter: Reporter,
  ) {
    this.#host = host
    this.#options = options
    this.#listener = listener
    this.#reporter = reporter
    this.#alarm = host.clock.alarm(() => this.#wake(), true)
  }

  /** Checks these from now on, by these options. */
  follow(options: Required<HealthCheckOptions>, candidates: readonly Candidate[]): void {
    this.#options = options
    const now = this.#host.clock.now()
    for (const patient of this.#patients.values()) {
      if (candidates.includes(patient.candidate)) continue
      this.#patients.delete(patient.candidate)
      abandon(patient)
    }
    for (const candidate of candidates) {
      if (this.#patients.has(candidate)) continue
      const nextAt = this.#soon(now)
      const fresh = { running: undefined, timesOutAt: Infinity, failures: 0, successes: 0 }
      this.#patients.set(candidate, { candidate, nextAt, ...fresh })
    }
    if (this.#awake) this.#setAlarm()
  }

  /** A call has come. */
  use(now: number): void {
    this.#usedAt = now
    if (this.#awake) return
    this.#awake = true
    for (const patient of this.#patients.values()) patient.nextAt = this.#soon(now)
    this.#setAlarm()
  }

  /** Nothing is checked any more, and what runs is aborted. */
  stop(): void {
    this.#awake = false
    this.#alarm.clear()
    for (const patient of this.#patients.values()) abandon(patient)
    this.#patients.clear()
  }

  /** The first checks are spread over a tenth of the interval. */
  #soon(now: number): number {
    return now + this.#host.random() * jitterRatio * this.#options.intervalMs
  }

  #setAlarm(): void {
    const times = [...this.#patients.values()].map(({ nextAt, timesOutAt }) => Math.min(nextAt, timesOutAt))
    const next = Math.min(...times)
    if (next === Infinity) this.#alarm.clear()
    else this.#alarm.set(next)
  }

  #wake(): void {
    const now = this.#host.clock.now()
    const isUsed = now - this.#usedAt < this.#options.idleMs
    for (const patient of this.#patients.values()) {
      if (patient.timesOutAt <= now) this.#timeOut(patient, now)
      if (patient.nextAt <= now && isUsed) this.#start(patient, now)
      else if (!isUsed) patient.nextAt = Infinity
    }
    this.#awake = isUsed
    this.#setAlarm()
  }

  #timeOut(patient: Patient, now: number): void {
    const { running } = patient
    const { policy } = this.#reporter
    const error = new TimeoutError(`${policy}: no answer to the health check in time`, { policy })
    this.#conclude(patient, { error }, now)
    running?.abort(error)
  }

  #start(patient: Patient, now: number): void {
    const { check, intervalMs, timeoutMs } = this.#options
    const controller = new AbortController()
    patient.running = controller
    patient.timesOutAt = now + timeoutMs
    patient.nextAt = now + intervalMs * (1 + jitterRatio * this.#host.random())
    const conclude = (failure?: { readonly error: unknown }): void => {
      if (patient.running !== controller) return
      this.#conclude(patient, failure, this.#host.clock.now())
      this.#setAlarm()
    }
    outcomeOf(check, patient.candidate.endpoint, controller.signal).then(
      (answer) => conclude(answer === false ? { error: answer } : undefined),
      (error: unknown) => conclude({ error }),
    )
  }

  #conclude(patient: Patient, failure: { readonly error: unknown } | undefined, now: number): void {
    const { candidate } = patient
    const { failures, successes } = this.#options
    patient.running = undefined
    patient.timesOutAt = Infinity
    patient.failures = failure === undefined ? 0 : patient.failures + 1
    patient.successes = failure === undefined ? patient.successes + 1 : 0
    if (failure !== undefined) this.#reporter.checkFailed(candidate, failure.error, patient.failures)
    const isSick = candidate.sick ? patient.successes < successes : patient.failures >= failures
    if (isSick === candidate.sick) return
    candidate.sick = isSick
    this.#listener.turned(candidate, now)
  }
}

function abandon(patient: Patient): void {
  const { running } = patient
  patient.running = undefined
  running?.abort()
}

/** What it throws at once comes as a promise too. */
async function outcomeOf(
  check: HealthCheckOptions['check'],
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<unknown> {
  return check(endpoint, signal)
}
