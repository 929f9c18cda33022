import type { HoldfastEvent, Pipeline } from '@holdfast/core'
import type { StateReport } from '../report.ts'

interface Watched {
  readonly report: StateReport
  readonly changes: { atMs: number; state: string }[]
}

/** Notes how circuits and endpoints of all instances change. */
export class States {
  readonly #watched = new Map<string, Watched>()

  watch(instance: string, pipeline: Pipeline): void {
    pipeline.on((event) => this.#heard(instance, event))
  }

  report(): readonly StateReport[] {
    return Array.from(this.#watched.values(), ({ report }) => report)
  }

  #heard(instance: string, event: HoldfastEvent): void {
    const { at, endpoint, policy } = event
    switch (event.type) {
      case 'circuit.open':
      case 'circuit.half-open':
      case 'circuit.closed': {
        const name = endpoint === undefined ? policy : `${policy} of ${endpoint}`
        return this.#note(instance, 'circuit', name, at, event.type.slice('circuit.'.length))
      }
      case 'endpoint.ejected':
        return this.#note(instance, 'endpoint', endpoint ?? policy, at, 'ejected')
      case 'endpoint.sick':
        return this.#note(instance, 'endpoint', endpoint ?? policy, at, 'sick')
      case 'endpoint.restored':
      case 'endpoint.well':
        return this.#note(instance, 'endpoint', endpoint ?? policy, at, 'healthy')
      case 'endpoint.group':
        return this.#note(instance, 'group', policy, at, event.to === 0 ? 'primary' : `standby ${event.to}`)
      default:
    }
  }

  #note(instance: string, subject: StateReport['subject'], name: string, atMs: number, state: string): void {
    const key = JSON.stringify([instance, subject, name])
    let watched = this.#watched.get(key)
    if (watched === undefined) {
      const changes: Watched['changes'] = []
      watched = { report: { instance, subject, name, changes }, changes }
      this.#watched.set(key, watched)
    }
    watched.changes.push({ atMs, state })
  }
}
