import type { Branch, Call, CallChanges, Endpoint, ExecuteOptions } from './call.ts'
import type { Clock } from './clock.ts'
import type { EventBody } from './event.ts'
import { ask } from './hook.ts'
import type { Host } from './host.ts'
import type { Abortable } from './signal.ts'

export type Operation = (call: Call) => unknown

/** Who runs a call: is told when it is cut short, and waits for the runs below it. */
export interface Owner {
  /** The tightest in force for what it runs. */
  readonly deadline: number
  cut(reason: unknown): void
  childStarted(parent: CallRecord): void
  childEnded(parent: CallRecord): void
  /** An operation begins, here or below. */
  operationStarted(): void
}

/** Where a call that is not an execution's first comes from. */
interface Lineage {
  readonly execution: CallRecord
  readonly parent: CallRecord | undefined
  readonly endpoint: Endpoint | undefined
  readonly attempt: number
  readonly deadline: number
}

interface Cancellation {
  cancelled: boolean
  reason: unknown
  controller: AbortController | undefined
  /** The first member, and all others. */
  first: Abortable | undefined
  others: Set<Abortable> | undefined
}

/** Tells a listener; what it throws keeps neither the others nor the signal from hearing. */
class Listener implements Abortable {
  readonly #call: CallRecord
  readonly #listener: (reason: unknown) => void

  constructor(call: CallRecord, listener: (reason: unknown) => void) {
    this.#call = call
    this.#listener = listener
  }

  abort(reason: unknown): void {
    const { host } = this.#call
    ask(host, host.pipeline, 'onCancel', () => this.#listener(reason), undefined)
  }
}

const nothing: Readonly<Record<string, unknown>> = Object.freeze({})

/** The one implementation of `Call`. Kept small: one is made for every execution. */
export class CallRecord implements Branch {
  readonly host: Host
  readonly options: ExecuteOptions
  readonly operation: Operation
  owner: Owner | undefined = undefined
  readonly #lineage: Lineage | undefined
  #cancellation: Cancellation | undefined = undefined

  constructor(host: Host, options: ExecuteOptions, operation: Operation, lineage: Lineage | undefined) {
    this.host = host
    this.options = options
    this.operation = operation
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

  get deadline(): number {
    return this.owner === undefined ? this.ownDeadline : this.owner.deadline
  }

  /** What it came with, before any part set a tighter one. */
  get ownDeadline(): number {
    return (this.#lineage === undefined ? this.options.deadline : this.#lineage.deadline) ?? Infinity
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
    if (this.cancelled) {
      listener(this.reason)
      return () => {}
    }
    const member = new Listener(this, listener)
    this.link(member)
    return () => this.unlink(member)
  }

  /** Has `member` aborted, once, when the call is cut short; at once if it has been. */
  link(member: Abortable): void {
    const cancellation = (this.#cancellation ??= newCancellation())
    if (cancellation.cancelled) member.abort(cancellation.reason)
    else if (cancellation.first === undefined) cancellation.first = member
    else (cancellation.others ??= new Set()).add(member)
  }

  unlink(member: Abortable): void {
    const cancellation = this.#cancellation
    if (cancellation?.first === member) cancellation.first = undefined
    else cancellation?.others?.delete(member)
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
    const { first, others } = cancellation
    cancellation.first = undefined
    cancellation.others = undefined
    first?.abort(reason)
    if (others !== undefined) for (const member of others) member.abort(reason)
    cancellation.controller?.abort(reason)
  }

  emit<Event extends EventBody>(event: Event): void {
    this.host.emit(event, this)
  }

  branch(changes: CallChanges = {}): CallRecord {
    return this.#fork(changes, this.host)
  }

  /** The same place in the pipeline for another host, namely that of a nested pipeline. */
  branchFor(host: Host): CallRecord {
    return this.#fork({}, host)
  }

  /** A call at the same level, for what takes over when this one is done. */
  renewed(): CallRecord {
    return new CallRecord(this.host, this.options, this.operation, {
      execution: this.execution,
      parent: this.parent,
      endpoint: this.endpoint,
      attempt: this.attempt,
      deadline: this.ownDeadline,
    })
  }

  #fork(changes: CallChanges, host: Host): CallRecord {
    return new CallRecord(host, this.options, this.operation, {
      execution: this.execution,
      parent: this,
      endpoint: 'endpoint' in changes ? changes.endpoint : this.endpoint,
      attempt: changes.attempt ?? this.attempt,
      deadline: Math.min(this.deadline, changes.deadline ?? Infinity),
    })
  }
}

function newCancellation(): Cancellation {
  return { cancelled: false, reason: undefined, controller: undefined, first: undefined, others: undefined }
}
