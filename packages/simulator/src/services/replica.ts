import { isError, pipelineFrom } from '@holdfast/core'
import type { Admission, Alarm, Clock, PendingAdmission, Pipeline } from '@holdfast/core'
import { Condition } from './condition.ts'
import type { ServiceInjection } from '../injection.ts'
import type { Place } from '../places.ts'
import type { ReplicaReport } from '../report.ts'
import type { Service } from '../scenario.ts'
import { ServiceError } from './service-error.ts'
import { Tally } from '../play/tally.ts'
import { Line } from './waiting-line.ts'

/** One request as a replica sees it. */
export interface Incoming {
  readonly key: string | undefined
  /** Tells the client how it ended, if it still listens. */
  answer(error?: ServiceError): void
}

export interface ReplicaSurroundings {
  readonly clock: Clock
  readonly random: () => number
  readonly stepMs: number
  /** Asks the services that its own depends on; rejects where one is needed and fails. */
  readonly ask?: (key: string | undefined, signal: AbortSignal) => Promise<unknown>
}

/** A request, and how far it has come. */
class Work {
  readonly incoming: Incoming
  /** When it lined up for a worker. */
  since = 0
  admission: Admission | PendingAdmission | undefined
  /** For its end, while it is worked on. */
  alarm: Alarm | undefined
  /** Cut short when what it asks of others is of no use any more. */
  asking: AbortController | undefined
  clientLeft = false

  constructor(incoming: Incoming) {
    this.incoming = incoming
  }
}

const nobodyCares = (): void => undefined

/** One server: a door, a line, and workers. */
export class Replica {
  readonly #around: ReplicaSurroundings
  readonly #place: Place<Service>
  readonly #condition: Condition
  readonly #door: Pipeline | undefined
  readonly #line: Line<Work>
  /** All that came and has not been answered. */
  readonly #present = new Set<Work>()
  readonly #tally: Tally<'requests' | 'answered' | 'failed' | 'refused' | 'wasted' | 'running' | 'waiting'>
  #running = 0

  constructor(place: Place<Service>, around: ReplicaSurroundings) {
    const { name, kind } = place
    const { clock, random, stepMs } = around
    this.#around = around
    this.#place = place
    this.#condition = new Condition(kind, random)
    this.#line = new Line(kind.queue ?? {}, (work) => this.#refuse(work, 'ERR_STATUS_503'))
    this.#tally = new Tally(
      ['requests', 'answered', 'failed', 'refused', 'wasted', 'running', 'waiting'],
      stepMs,
      ['running', 'waiting'],
    )
    const { guards = [] } = kind
    if (guards.length > 0) this.#door = pipelineFrom({ name, parts: guards }, { clock, random })
  }

  /** Takes a request in; returns how to tell that its client has left. */
  receive(incoming: Incoming): () => void {
    if (this.#condition.is('down')) {
      incoming.answer(new ServiceError('ECONNREFUSED'))
      return nobodyCares
    }
    const work = new Work(incoming)
    this.#present.add(work)
    this.#count('requests')
    if (!this.#condition.is('hang')) this.#enter(work)
    return () => this.#clientLeft(work)
  }

  set(fault: ServiceInjection, on: boolean): void {
    this.#condition.set(fault, on, this.#around.clock.now())
    if (this.#condition.is('down')) this.#loseAll()
    this.#startNext(this.#around.clock.now())
  }

  report(): ReplicaReport {
    const { running: _running, waiting: _waiting, ...total } = this.#tally.total
    return { service: this.#place.of, ...total, series: this.#tally.steps }
  }

  #enter(work: Work): void {
    if (this.#door === undefined) return this.#lineUp(work)
    const { key } = work.incoming
    const admission = this.#door.admit({ key })
    work.admission = admission
    if ('admitted' in admission) return this.#admitted(work, admission)
    void admission.then((later) => this.#admitted(work, later))
  }

  #admitted(work: Work, admission: Admission): void {
    work.admission = admission
    if (!this.#present.has(work)) return this.#settle(work, { error: new ServiceError('ERR_LEFT') })
    if (admission.admitted) return this.#lineUp(work)
    const { retryAfterMs } = admission.error as { readonly retryAfterMs?: number }
    this.#refuse(work, 'ERR_STATUS_503', retryAfterMs)
  }

  #lineUp(work: Work): void {
    work.since = this.#around.clock.now()
    if (this.#running < this.#condition.workers) return this.#start(work, work.since)
    if (!this.#line.join(work, work.since)) this.#refuse(work, 'ERR_STATUS_503')
    this.#look()
  }

  #start(work: Work, now: number): void {
    const { ms, fails } = this.#condition.work(now)
    this.#running++
    this.#look()
    work.alarm = this.#around.clock.alarm(() => this.#finished(work, fails, now + ms))
    work.alarm.set(now + ms)
  }

  /** `due`: when it should have finished. A clock that is late makes an answer late, and takes no worker's time. */
  #finished(work: Work, fails: boolean, due: number): void {
    work.alarm = undefined
    this.#running--
    if (work.clientLeft) this.#count('wasted')
    const { ask } = this.#around
    if (fails) this.#end(work, 'failed', new ServiceError('ERR_STATUS_500'))
    else if (ask === undefined) this.#end(work, 'answered')
    else void this.#askOthers(work, ask)
    this.#startNext(due)
  }

  async #askOthers(work: Work, ask: NonNullable<ReplicaSurroundings['ask']>): Promise<void> {
    work.asking = new AbortController()
    try {
      await ask(work.incoming.key, work.asking.signal)
      this.#end(work, 'answered')
    } catch {
      this.#end(work, 'failed', new ServiceError('ERR_STATUS_502'))
    }
  }

  /** `now`: since when a worker is free. */
  #startNext(now: number): void {
    while (this.#running < this.#condition.workers) {
      const next = this.#line.next(now)
      if (next === undefined) break
      this.#start(next, Math.max(now, next.since))
    }
    this.#look()
  }

  #refuse(work: Work, code: string, retryAfterMs?: number): void {
    this.#end(work, 'refused', new ServiceError(code, retryAfterMs))
  }

  #end(work: Work, how: 'answered' | 'failed' | 'refused', error?: ServiceError): void {
    if (!this.#present.delete(work)) return
    this.#count(how)
    this.#settle(work, error === undefined ? { value: undefined } : { error })
    work.incoming.answer(error)
  }

  #settle({ admission }: Work, outcome: { readonly value: unknown } | { readonly error: unknown }): void {
    if (admission === undefined) return
    if (!('admitted' in admission)) return admission.cancel(isError(outcome) ? outcome.error : undefined)
    if (admission.admitted) admission.settle(outcome)
  }

  #clientLeft(work: Work): void {
    work.clientLeft = true
    if (this.#place.kind.noticesDeparture !== true || !this.#present.has(work)) return
    this.#drop(work)
    this.#startNext(this.#around.clock.now())
  }

  /** Everybody loses the connection. */
  #loseAll(): void {
    for (const work of this.#present) {
      this.#count('failed')
      this.#drop(work)
      work.incoming.answer(new ServiceError('ECONNRESET'))
    }
  }

  #drop(work: Work): void {
    this.#present.delete(work)
    if (work.alarm === undefined) this.#line.leave(work)
    else this.#running--
    work.alarm?.clear()
    work.alarm = undefined
    work.asking?.abort(new ServiceError('ERR_LEFT'))
    this.#settle(work, { error: new ServiceError('ERR_LEFT') })
  }

  #count(what: 'requests' | 'answered' | 'failed' | 'refused' | 'wasted'): void {
    this.#tally.count(what, this.#around.clock.now())
  }

  #look(): void {
    const step = this.#tally.step(this.#around.clock.now())
    step.running = this.#running
    step.waiting = this.#line.length
  }
}
