import type { Host } from '../host.ts'
import type { Candidate } from './candidate.ts'
import type { EjectionReason, EndpointsEvent } from './event.ts'

/** Tells the listeners what becomes of endpoints and groups. */
export class Reporter {
  host: Host | undefined
  readonly policy: string

  constructor(policy: string) {
    this.policy = policy
  }

  ejected(candidate: Candidate, reason: EjectionReason, ejectedMs: number, ejections: number): void {
    const { policy } = this
    this.#tell({ type: 'endpoint.ejected', policy, reason, ejectedMs, ejections }, candidate)
  }

  restored(candidate: Candidate): void {
    this.#tell({ type: 'endpoint.restored', policy: this.policy }, candidate)
  }

  checkFailed(candidate: Candidate, error: unknown, failures: number): void {
    this.#tell({ type: 'endpoint.check-failed', policy: this.policy, error, failures }, candidate)
  }

  turned(candidate: Candidate): void {
    const type = candidate.sick ? 'endpoint.sick' : 'endpoint.well'
    this.#tell({ type, policy: this.policy }, candidate)
  }

  moved(from: number, to: number): void {
    this.#tell({ type: 'endpoint.group', policy: this.policy, from, to })
  }

  panicked(group: number, panic: boolean): void {
    this.#tell({ type: panic ? 'endpoint.panic' : 'endpoint.calm', policy: this.policy, group })
  }

  #tell(event: EndpointsEvent, endpoint?: Candidate): void {
    const { host } = this
    if (host?.observed === true) host.emit(event, endpoint && { endpoint })
  }
}
