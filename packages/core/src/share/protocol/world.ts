import { emptyRecord } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { budget, emptyBudget } from './budget.ts'
import type { BudgetRecord } from './budget.ts'
import { flush } from './flush.ts'
import { flushHealth } from './health-flush.ts'
import { lookHealth } from './health-look.ts'
import { probeHealth } from './health-probe.ts'
import { emptyHealth } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import { emptyRegistry, heartbeat, registry } from './heartbeat.ts'
import type { RegistryRecord } from './heartbeat.ts'
import { inspect } from './inspect.ts'
import { emptyLimit, limit } from './limit.ts'
import type { LimitRecord } from './limit.ts'
import { look } from './look.ts'
import type { Message } from './message.ts'
import { control, emptyOverride } from './override-record.ts'
import type { OverrideRecord } from './override-record.ts'
import { emptyPermits, permit } from './permit.ts'
import type { PermitRecord } from './permit.ts'
import { probe } from './probe.ts'
import type { Reply, Request } from './request.ts'
import type { Step } from './step.ts'
import { emptySlices, slice } from './slice.ts'
import type { SliceRecord } from './slice.ts'

export interface Served {
  readonly reply: Reply
  /** To be pushed to all instances. */
  readonly messages: readonly Message[]
}

/** All that a server keeps, and how it answers: one request after the other. Records are never changed, only replaced. */
export class World {
  readonly #breakers = new Map<string, BreakerRecord>()
  readonly #overrides = new Map<string, OverrideRecord>()
  readonly #slices = new Map<string, SliceRecord>()
  readonly #permits = new Map<string, PermitRecord>()
  readonly #limits = new Map<string, LimitRecord>()
  readonly #budgets = new Map<string, BudgetRecord>()
  readonly #registries = new Map<string, RegistryRecord>()
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
      case 'inspect': {
        const { id } = request
        return { reply: inspect(this.breaker(id), this.override(id), request, now), messages: [] }
      }
      case 'control':
        return keep(this.#overrides, request.id, control(this.override(request.id), request, now))
      case 'slice':
        return keep(this.#slices, request.id, slice(this.slices(request.id), request, now))
      case 'permit':
        return keep(this.#permits, request.id, permit(this.permits(request.id), request, now))
      case 'limit':
        return keep(this.#limits, request.id, limit(this.limit(request.id), request, 1_000 * now))
      case 'budget':
        return keep(this.#budgets, request.id, budget(this.budget(request.id), request, now))
      case 'heartbeat':
        return keep(this.#registries, onlyRegistry, heartbeat(this.registry(), request, now))
      case 'registry':
        return { reply: registry(this.registry(), request, now), messages: [] }
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

  override(id: string): OverrideRecord {
    return this.#overrides.get(id) ?? emptyOverride
  }

  slices(id: string): SliceRecord {
    return this.#slices.get(id) ?? emptySlices
  }

  permits(id: string): PermitRecord {
    return this.#permits.get(id) ?? emptyPermits
  }

  limit(id: string): LimitRecord {
    return this.#limits.get(id) ?? emptyLimit
  }

  budget(id: string): BudgetRecord {
    return this.#budgets.get(id) ?? emptyBudget
  }

  registry(): RegistryRecord {
    return this.#registries.get(onlyRegistry) ?? emptyRegistry
  }

  service(id: string): HealthRecord {
    return this.#services.get(id) ?? emptyHealth
  }

  /** A server that has lost everything. */
  clear(): void {
    for (const records of this.#all()) records.clear()
  }

  /** Another server with the same content, such as a replica that is promoted. */
  copy(): World {
    const copy = new World()
    // The same kinds in the same order.
    for (const [index, records] of copy.#all().entries()) {
      for (const [id, record] of this.#all()[index] ?? []) records.set(id, record)
    }
    return copy
  }

  #all(): readonly Map<string, unknown>[] {
    return [
      this.#breakers,
      this.#overrides,
      this.#slices,
      this.#permits,
      this.#limits,
      this.#budgets,
      this.#registries,
      this.#services,
    ]
  }
}

/** A server has one list of names. */
const onlyRegistry = 'reg'

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
