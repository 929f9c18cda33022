import type { Branch, Call, CallChanges, Endpoint, ExecuteOptions, Operation } from '../call.ts'
import { Cancellation } from './cancellation.ts'
import type { Clock } from '../clock.ts'
import type { EventBody } from '../event.ts'
import type { Host } from '../host.ts'
import { Listener } from './listener.ts'
import type { Abortable } from '../signal.ts'

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

/** Who waits for a run that several calls share. */
export interface Company {
  /** The latest of theirs. */
  readonly deadline: number
  /** An operation begins in the run. */
  begun(): void
}

const nothing: Readonly<Record<string, unknown>> = Object.freeze({})
const noIds: readonly string[] = Object.freeze([])

/** What the engine knows of a call, and all that parts and operations see of it. */
export abstract class CallRecord implements Call {
  /** What all calls of one execution have in common: its first. */
  abstract readonly execution: FirstCall
  abstract readonly parent: CallRecord | undefined
  abstract readonly endpoint: Endpoint | undefined
  abstract readonly attempt: number
  /** What it came with, before any part set a tighter one. */
  abstract readonly ownDeadline: number
  /** Whether that is the deadline of the call it is a branch of, which then cuts it short. */
  abstract readonly inherits: boolean
  /** Who waits where it belongs to a run that several calls share: when they are due, it is no longer waited for. */
  abstract readonly company: Company | undefined
  readonly host: Host
  readonly options: ExecuteOptions
  readonly operation: Operation
  owner: Owner | undefined = undefined
  #cancellation: Cancellation | undefined = undefined

  constructor(host: Host, options: ExecuteOptions, operation: Operation) {
    this.host = host
    this.options = options
    this.operation = operation
  }

  get key(): string | undefined {
    return this.options.key
  }

  get deadline(): number {
    const { company } = this
    return company === undefined ? this.#bound : Math.min(this.#bound, company.deadline)
  }

  /** When it is cut short, whoever waits. */
  get #bound(): number {
    return this.owner === undefined ? this.ownDeadline : this.owner.deadline
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.options.metadata ?? nothing
  }

  get tried(): readonly string[] {
    return this.execution.visited
  }

  get clock(): Clock {
    return this.host.clock
  }

  get random(): () => number {
    return this.host.random
  }

  get cancelled(): boolean {
    return this.#cancellation !== undefined && this.#cancellation.cancelled
  }

  get reason(): unknown {
    return this.#cancellation?.reason
  }

  get signal(): AbortSignal {
    return (this.#cancellation ??= new Cancellation()).signal
  }

  onCancel(listener: (reason: unknown) => void): () => void {
    if (this.cancelled) {
      listener(this.reason)
      return () => {}
    }
    const member = new Listener(this.host, listener)
    this.link(member)
    return () => this.unlink(member)
  }

  /** Has `member` aborted, once, when the call is cut short; at once if it has been. */
  link(member: Abortable): void {
    this.#cancellation ??= new Cancellation()
    this.#cancellation.link(member)
  }

  unlink(member: Abortable): void {
    this.#cancellation?.unlink(member)
  }

  cancel(reason: unknown): void {
    this.owner?.cut(reason)
    this.abort(reason)
  }

  /** Cuts short what runs with this very call, without telling its owner. */
  abort(reason: unknown): void {
    this.#cancellation ??= new Cancellation()
    this.#cancellation.abort(reason)
  }

  /** Whether it goes on when the call that it is a branch of is cut short. */
  get outlives(): boolean {
    return false
  }

  /** An operation begins in the run that it was given to. */
  begin(): void {}

  emit<Event extends EventBody>(event: Event): void {
    this.host.emit(event, this)
  }

  branch({ deadline = Infinity, ...changes }: CallChanges = {}): LaterCall {
    const bound = this.#bound
    const inherits = deadline >= bound
    if (changes.endpoint !== undefined) this.execution.visit(changes.endpoint.id)
    return new LaterCall(this, this, this.host, inherits ? bound : deadline, inherits, changes)
  }

  /** A call for a run that goes on while anybody in `company` waits, be it without this one. */
  branchFor(company: Company): LaterCall {
    return new SharedCall(this, company)
  }

  /** The same place in the pipeline for another host, namely that of a nested pipeline. */
  branchIn(host: Host): CallRecord {
    return new LaterCall(this, this, host, this.#bound, true)
  }

  /** A call at the same level, for what takes over when this one is done. */
  renewed(): CallRecord {
    return new LaterCall(this, this.parent, this.host, this.ownDeadline, this.inherits)
  }
}

/** The first call of an execution. Kept small: one is made for each. */
export class FirstCall extends CallRecord {
  /** One id takes no array: most executions go to one endpoint. */
  #visited: string | string[] | undefined = undefined

  get execution(): this {
    return this
  }

  get visited(): readonly string[] {
    if (this.#visited === undefined) return noIds
    return typeof this.#visited === 'string' ? [this.#visited] : this.#visited
  }

  visit(endpoint: string): void {
    if (this.#visited === undefined) this.#visited = endpoint
    else if (typeof this.#visited === 'string') this.#visited = [this.#visited, endpoint]
    else this.#visited.push(endpoint)
  }

  get parent(): undefined {
    return undefined
  }

  get endpoint(): undefined {
    return undefined
  }

  get attempt(): number {
    return 1
  }

  get ownDeadline(): number {
    return this.options.deadline ?? Infinity
  }

  get inherits(): false {
    return false
  }

  get company(): undefined {
    return undefined
  }
}

/** A call that is not its execution's first. */
class LaterCall extends CallRecord implements Branch {
  began = false
  readonly execution: FirstCall
  readonly parent: CallRecord | undefined
  readonly endpoint: Endpoint | undefined
  readonly attempt: number
  readonly ownDeadline: number
  readonly inherits: boolean
  readonly company: Company | undefined

  constructor(
    from: CallRecord,
    parent: CallRecord | undefined,
    host: Host,
    deadline: number,
    inherits: boolean,
    changes: Omit<CallChanges, 'deadline'> = {},
    company: Company | undefined = from.company,
  ) {
    super(host, from.options, from.operation)
    this.execution = from.execution
    this.parent = parent
    this.endpoint = 'endpoint' in changes ? changes.endpoint : from.endpoint
    this.attempt = changes.attempt ?? from.attempt
    this.ownDeadline = deadline
    this.inherits = inherits
    this.company = company
  }

  override begin(): void {
    this.began = true
  }
}

/** The call of a run that several calls share. No deadline and no abort of one of them reaches it. */
class SharedCall extends LaterCall {
  constructor(from: CallRecord, company: Company) {
    super(from, from, from.host, Infinity, false, {}, company)
  }

  override get outlives(): boolean {
    return true
  }

  override begin(): void {
    super.begin()
    this.company?.begun()
  }
}

/** What the engine knows of a call that a part hands it. */
export function recordOf(call: Call): CallRecord {
  if (call instanceof CallRecord) return call
  throw new TypeError('next() takes the call that the policy was given, or a branch of it')
}
