import { emptyRecord } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { flush } from './flush.ts'
import { flushHealth } from './health-flush.ts'
import { lookHealth } from './health-look.ts'
import { probeHealth } from './health-probe.ts'
import { emptyHealth } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import { look } from './look.ts'
import type { Message } from './message.ts'
import { control, emptyOverride } from './override-record.ts'
import type { OverrideRecord } from './override-record.ts'
import { probe } from './probe.ts'
import type { Reply, Request } from './request.ts'
import type { Step } from './step.ts'

export interface Served {
  readonly reply: Reply
  /** To be pushed to all instances. */
  readonly messages: readonly Message[]
}

/** All that a server keeps, and how it answers: one request after the other. Records are never changed, only replaced. */
export class World {
  readonly #breakers = new Map<string, BreakerRecord>()
  readonly #overrides = new Map<string, OverrideRecord>()
  readonly #services = new Map<string, HealthRecord>()

  /** `now` is the server's clock in whole milliseconds. */
  serve(request: Request, now: number): Served {
    switch (request.type) {
      case 'flush':
        return keep(this.#breakers, request.id, flush(this.breaker(request.id), request, now))
      case 'probe':
        return keep(this.#breakers, request.id, probe(this.breaker(request.id), request, now))
      case 'look':
        return { reply: look(this.breaker(request.id), this.override(request.id), now), messages: [] }
      case 'control':
        return keep(this.#overrides, request.id, control(this.override(request.id), request, now))
      case 'health-flush':
        return keepAll(this.#services, request.id, flushHealth(this.service(request.id), request, now))
      case 'health-probe':
        return keepAll(this.#services, request.id, probeHealth(this.service(request.id), request, now))
      case 'health-look':
        return { reply: lookHealth(this.service(request.id), request, now), messages: [] }
    }
  }

  breaker(id: string): BreakerRecord {
    return this.#breakers.get(id) ?? emptyRecord
  }

  service(id: string): HealthRecord {
    return this.#services.get(id) ?? emptyHealth
  }

  override(id: string): OverrideRecord {
    return this.#overrides.get(id) ?? emptyOverride
  }

  /** A server that has lost everything. */
  clear(): void {
    this.#breakers.clear()
    this.#overrides.clear()
    this.#services.clear()
  }

  /** Another server with the same content, such as a replica that is promoted. */
  copy(): World {
    const copy = new World()
    for (const [id, record] of this.#breakers) copy.#breakers.set(id, record)
    for (const [id, record] of this.#overrides) copy.#overrides.set(id, record)
    for (const [id, record] of this.#services) copy.#services.set(id, record)
    return copy
  }
}

function keep<Record, Answer extends Reply>(
  records: Map<string, Record>,
  id: string,
  { record, reply, message }: Step<Record, Answer>,
): Served {
  return keepAll(records, id, { record, reply, messages: message === undefined ? [] : [message] })
}

function keepAll<Record>(
  records: Map<string, Record>,
  id: string,
  { record, ...served }: Served & { readonly record: Record },
): Served {
  records.set(id, record)
  return served
}
