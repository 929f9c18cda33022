import type { Branch, Call, CallChanges, Endpoint, ExecuteOptions } from './call.ts'
import type { Clock } from './clock.ts'
import type { EventBody } from './event.ts'
import { ask } from './hook.ts'
import type { Host } from './host.ts'

export type Operation = (call: Call) => unknown

/** Who runs a call: is told when it is cut short, and waits for the runs below it. */
export interface Owner {
  cut(reason: unknown): void
  childStarted(parent: CallRecord): void
  childEnded(parent: CallRecord, now: number): void
  /** An operation begins, here or below. */
  operationStarted(): void
}

/** Where a call that is not an execution's first comes from. */
interface Lineage {
  readonly execution: CallRecord
  readonly parent: CallRecord | undefined
  readonly endpoint: Endpoint | undefined
  readonly attempt: number
}

interface Cancellation {
  cancelled: boolean
  reason: unknown
  controller: AbortController | undefined
  listeners: Set<(reason: unknown) => void> | undefined
}

const nothing: Readonly<Record<string, unknown>> = Object.freeze({})

/** The one implementation of `Call`. Kept small: one is made for every execution. */
export class CallRecord implements Branch {
  readonly host: Host
  readonly options: ExecuteOptions
  readonly operation: Operation
  deadline: number
  owner: Owner | undefined = undefined
  readonly #lineage: Lineage | undefined
  #cancellation: Cancellation | undefined = undefined

  constructor(
    host: Host,
    options: ExecuteOptions,
    operation: Operation,
    deadline: number,
    lineage: Lineage | undefined,
  ) {
    this.host = host
    this.options = options
    this.operation = operation
    this.deadline = deadline
    this.#lineage = lineage
  }

  get key(): string | undefined {
    return this.options.key
  }

  get endpoint(): Endpoint | undefined {
    return this.#lineage?.endpoint
  }

  get attempt(): number {
    return this.#lineage === undefined ? 1 : this.#lineage.attempt
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.options.metadata ?? nothing
  }

  get clock(): Clock {
    return this.host.clock
  }

  get random(): () => number {
    return this.host.random
  }

  /** What all calls of one execution have in common: its first. */
  get execution(): CallRecord {
    return this.#lineage === undefined ? this : this.#lineage.execution
  }

  get parent(): CallRecord | undefined {
    return this.#lineage?.parent
  }

  get cancelled(): boolean {
    return this.#cancellation?.cancelled ?? false
  }

  get reason(): unknown {
    return this.#cancellation?.reason
  }

  get signal(): AbortSignal {
    const cancellation = (this.#cancellation ??= newCancellation())
    if (cancellation.controller === undefined) {
      cancellation.controller = new AbortController()
      if (cancellation.cancelled) cancellation.controller.abort(cancellation.reason)
    }
    return cancellation.controller.signal
  }

  onCancel(listener: (reason: unknown) => void): () => void {
    const cancellation = (this.#cancellation ??= newCancellation())
    if (cancellation.cancelled) {
      listener(cancellation.reason)
      return () => {}
    }
    const listeners = (cancellation.listeners ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  cancel(reason: unknown): void {
    this.owner?.cut(reason)
    this.abort(reason)
  }

  /** Cuts short what runs with this very call, without telling its owner. */
  abort(reason: unknown): void {
    const cancellation = (this.#cancellation ??= newCancellation())
    if (cancellation.cancelled) return
    cancellation.cancelled = true
    cancellation.reason = reason
    const listeners = cancellation.listeners
    cancellation.listeners = undefined
    if (listeners !== undefined) for (const listener of listeners) this.#tell(listener, reason)
    cancellation.controller?.abort(reason)
  }

  /** What one listener throws keeps neither the others nor the signal from hearing. */
  #tell(listener: (reason: unknown) => void, reason: unknown): void {
    ask(this.host, this.host.pipeline, 'onCancel', () => listener(reason), undefined)
  }

  emit<Event extends EventBody>(event: Event): void {
    this.host.emit(event, this)
  }

  branch(changes: CallChanges = {}): CallRecord {
    return this.fork(this, changes, this.host)
  }

  /** The same place in the pipeline for another host, namely that of a nested pipeline. */
  branchFor(host: Host): CallRecord {
    return this.fork(this, {}, host)
  }

  /** A call at the same level, for what takes over when this one is done. */
  renewed(deadline: number): CallRecord {
    return new CallRecord(this.host, this.options, this.operation, deadline, {
      execution: this.execution,
      parent: this.parent,
      endpoint: this.endpoint,
      attempt: this.attempt,
    })
  }

  private fork(parent: CallRecord, changes: CallChanges, host: Host): CallRecord {
    const deadline = Math.min(parent.deadline, changes.deadline ?? Infinity)
    return new CallRecord(host, parent.options, parent.operation, deadline, {
      execution: parent.execution,
      parent,
      endpoint: 'endpoint' in changes ? changes.endpoint : parent.endpoint,
      attempt: changes.attempt ?? parent.attempt,
    })
  }
}

function newCancellation(): Cancellation {
  return { cancelled: false, reason: undefined, controller: undefined, listeners: undefined }
}
