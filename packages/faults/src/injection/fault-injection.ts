import { HoldfastConfigError } from '@holdfast/core'
import type { Alarm, Alteration, Call, Host, Operation, Part } from '@holdfast/core'
import { checkOptions, text } from '@holdfast/core/options'
import type { FaultEvent } from './event.ts'
import { checkedFault } from './fault.ts'
import type { Fault } from './fault.ts'
import { StartedFault } from './injection.ts'
import type { Injection } from './injection.ts'

export interface FaultInjectionOptions {
  /** Default `faults`. Unique in its pipeline. */
  readonly name?: string
}

/** The part of a pipeline that does faults to the operation, as long as they are on. */
export interface FaultInjection extends Alteration {
  /**
   * Switches a fault on, from the next call on; returns its id. Throws a `HoldfastConfigError` where it is none, where one
   * of that id is on, or where the part stands in no pipeline yet.
   */
  start(fault: Fault): string
  /**
   * Switches the fault of that id off, or all. Calls that hang or wait already go on to do so. Does nothing where it is off.
   */
  stop(id?: string): void
  /** What was on since the part was made, the oldest first; of what is off again, the newest 1 000. */
  injections(): readonly Injection[]
}

/** How many injections that are over are remembered. */
const remembered = 1_000

/**
 * Faults for the operation of a pipeline: put it last among the parts. It does nothing until a fault is started, and then
 * what it does is the operation's own doing to all other parts. It may stand in several pipelines of one clock.
 */
export function faultInjection(options: FaultInjectionOptions = {}): FaultInjection {
  return new InjectingPart(checkOptions('faults', options, { name: text }))
}

interface On {
  readonly started: StartedFault
  readonly alarm: Alarm
}

class InjectingPart implements FaultInjection {
  readonly kind = 'faults'
  readonly name: string
  /** By their pipelines' names: `keyed` attaches it once a key. */
  readonly #hosts = new Map<string, Host>()
  /** The first is the outermost. */
  #on: readonly On[] = []
  readonly #all: StartedFault[] = []

  constructor({ name }: FaultInjectionOptions) {
    this.name = name ?? this.kind
  }

  get active(): boolean {
    return this.#on.length > 0
  }

  alter(operation: Operation, call: Call, now: number): unknown {
    let altered = operation
    for (const { started } of this.#on.toReversed()) {
      if (started.means(call, now)) altered = started.alter(altered)
    }
    return altered(call)
  }

  attach(host: Host): void {
    if ((this.#host ?? host).clock !== host.clock) {
      throw new HoldfastConfigError(`${this.name}: the pipelines that share it must have the same clock`)
    }
    if (!this.#hosts.has(host.pipeline)) this.#hosts.set(host.pipeline, host)
  }

  check(inner: readonly Part[]): string | undefined {
    const innermost = inner.at(-1)
    if (innermost === undefined) return undefined
    return `'${this.name}' acts on the operation itself, so it must be the innermost part; put it behind '${innermost.name}'`
  }

  describe(): Readonly<Record<string, unknown>> {
    return { active: this.#on.map(({ started }) => started.fault) }
  }

  start(given: Fault): string {
    const fault = checkedFault(given, this.name)
    const { id } = fault
    const host = this.#host
    if (host === undefined) {
      throw new HoldfastConfigError(`${this.name}: stands in no pipeline yet, so it cannot start ${id}`)
    }
    if (this.#on.some(({ started }) => started.fault.id === id)) {
      throw new HoldfastConfigError(`${this.name}: ${id} is on already; stop it, or give another id`)
    }
    const started = new StartedFault(fault, this.name, host.clock.now())
    const alarm = host.clock.alarm(() => this.stop(id), true)
    if (started.endsAt < Infinity) alarm.set(started.endsAt)
    this.#on = [...this.#on, { started, alarm }]
    this.#all.push(started)
    this.#tell({ type: 'fault.started', policy: this.name, id, fault })
    return id
  }

  stop(id?: string): void {
    const stopped = this.#on.filter(({ started }) => id === undefined || started.fault.id === id)
    this.#on = this.#on.filter((each) => !stopped.includes(each))
    for (const { started, alarm } of stopped) {
      alarm.clear()
      started.stop((this.#host as Host).clock.now())
      const { id: which, calls } = started.record()
      this.#tell({ type: 'fault.stopped', policy: this.name, id: which, calls })
    }
    this.#forgetOldest()
  }

  injections(): readonly Injection[] {
    return this.#all.map((started) => started.record())
  }

  /** Whose clock it goes by. */
  get #host(): Host | undefined {
    return this.#hosts.values().next().value
  }

  #forgetOldest(): void {
    const isOver = (started: StartedFault): boolean => started.record().stoppedAt !== undefined
    while (this.#all.length - this.#on.length > remembered) this.#all.splice(this.#all.findIndex(isOver), 1)
  }

  #tell(event: FaultEvent): void {
    for (const host of this.#hosts.values()) if (host.observed) host.emit(event)
  }
}
