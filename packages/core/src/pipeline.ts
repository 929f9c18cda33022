import { Admittance } from './engine/admission.ts'
import type { Admission, PendingAdmission } from './engine/admission.ts'
import { FirstCall } from './engine/call-record.ts'
import type { Call, ExecuteOptions, Operation } from './call.ts'
import { attachAll, checkComposition, checkOrder, checkUpdate } from './check-composition.ts'
import { givenOptions, HoldfastConfigError } from './check.ts'
import { systemClock } from './clock.ts'
import { systemRandom } from './random.ts'
import type { Share } from './share/share.ts'
import type { Clock } from './clock.ts'
import { hold } from './engine/hold.ts'
import type { HoldfastEvent } from './events.ts'
import type { Outcome } from './outcome.ts'
import { PipelineHost } from './engine/pipeline-host.ts'
import type { Listener } from './engine/pipeline-host.ts'
import type { Next, Part, Policy } from './policy.ts'
import { takeRun } from './engine/run.ts'
import { compose, isGuard, isPolicy } from './engine/segment.ts'
import type { Segment } from './engine/segment.ts'

export interface PipelineOptions {
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock | undefined
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Where its parts share their state with other instances, such as `redisShare()`. Default: they are on their own. */
  readonly share?: Share | undefined
}

/** Parts around an operation, outermost first. A pipeline is a policy: it may be a part of another. */
export interface Pipeline extends Policy {
  readonly kind: 'pipeline'
  readonly parts: readonly Part[]
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Runs the operation; rejects as the operation or a part does. */
  execute<Value>(operation: (call: Call) => Value, options?: ExecuteOptions): Promise<Awaited<Value>>
  /** Runs the operation; the promise never rejects. Refusals cost least this way. */
  executeOutcome<Value>(
    operation: (call: Call) => Value,
    options?: ExecuteOptions,
  ): Promise<Outcome<Awaited<Value>>>
  /**
   * Asks the guards for work that is not one function. A promise only where it has to wait, which can be given up.
   * Throws `HoldfastConfigError` unless all parts are guards, or such as `keyed` with guards alone for each key.
   */
  admit(options?: ExecuteOptions): Admission | PendingAdmission
  /**
   * Gives the part of that name new options, in force from the next admission on. Those left out or undefined stay as
   * they are. Validated as a whole, together with the other parts and the pipelines around: if it throws
   * `HoldfastConfigError`, nothing has changed.
   */
  update(part: string, options: object): void
  /** The part of that name. Throws `HoldfastConfigError` where there is none. */
  part(name: string): Part
  /** Hears every event; returns how to stop. What a listener throws changes nothing. */
  on(listener: (event: HoldfastEvent) => void): () => void
  /** The limits of all parts as plain data, outermost first. */
  describe(): { readonly name: string; readonly parts: readonly Readonly<Record<string, unknown>>[] }
}

const noOptions: ExecuteOptions = Object.freeze({})

/** Makes a pipeline. Throws `HoldfastConfigError` for parts that make no sense together. */
export function pipeline(name: string, parts: readonly Part[], options: PipelineOptions = {}): Pipeline {
  const { clock = systemClock, random = systemRandom, share } = checkComposition(name, parts, options)
  if (share !== undefined && share.clock !== clock) {
    throw new HoldfastConfigError(
      `${name}: the share must have the same clock as the pipeline; give both the same`,
    )
  }
  const host = new PipelineHost(name, clock, random, share)
  attachAll(parts, host)
  return new ComposedPipeline(host, [...parts])
}

class ComposedPipeline implements Pipeline {
  readonly kind = 'pipeline'
  readonly name: string
  readonly parts: readonly Part[]
  readonly clock: Clock
  readonly random: () => number
  readonly #host: PipelineHost
  readonly #segment: Segment
  /** Whether all parts admit: so it can be asked for an admission, and stand where one is asked for. */
  readonly passesThrough: boolean
  /** The pipelines that it is a part of. */
  readonly #around: ComposedPipeline[] = []

  constructor(host: PipelineHost, parts: readonly Part[]) {
    this.name = host.pipeline
    this.clock = host.clock
    this.random = host.random
    this.parts = parts
    this.#host = host
    this.#segment = compose(parts, undefined, host)
    this.passesThrough = parts.every((part) => (isPolicy(part) ? part.passesThrough === true : isGuard(part)))
    for (const part of parts) if (part instanceof ComposedPipeline) part.#around.push(this)
  }

  execute<Value>(operation: (call: Call) => Value, options?: ExecuteOptions): Promise<Awaited<Value>> {
    return takeRun(this.#segment).execute(this.#call(operation, options)) as Promise<Awaited<Value>>
  }

  executeOutcome<Value>(
    operation: (call: Call) => Value,
    options?: ExecuteOptions,
  ): Promise<Outcome<Awaited<Value>>> {
    const run = takeRun(this.#segment)
    return run.execute(this.#call(operation, options), true) as Promise<Outcome<Awaited<Value>>>
  }

  admit(options?: ExecuteOptions): Admission | PendingAdmission {
    if (!this.passesThrough) {
      throw new HoldfastConfigError(`${this.name}: admit() needs a pipeline of guards alone; use execute()`)
    }
    const admittance = new Admittance(options ?? noOptions)
    return admittance.ask(takeRun(this.#segment), new FirstCall(this.#host, admittance, hold))
  }

  #call(operation: Operation, options: ExecuteOptions | undefined): FirstCall {
    if (options === undefined) return new FirstCall(this.#host, noOptions, operation)
    const { key, signal, deadline, metadata } = options
    return new FirstCall(this.#host, { key, signal, deadline, metadata }, operation)
  }

  wrap(next: Next): Next {
    return compose(this.parts, next, this.#host).next
  }

  update(name: string, options: object): void {
    const part = this.part(name)
    if (part.configure === undefined)
      throw new HoldfastConfigError(`${this.name}: '${name}' has no options to update`)
    const given = givenOptions(`${this.name}: ${name}`, options)
    this.#checkAround(checkUpdate(this.name, this.parts, name, given))
    part.configure(given)
  }

  /** Whether the pipelines that it is in would still make sense if it had these parts. */
  #checkAround(parts: readonly Part[]): void {
    const { kind, name } = this
    for (const outer of this.#around) {
      const around = outer.parts.map((part) => (part === this ? { kind, name, parts } : part))
      checkOrder(outer.name, around)
      outer.#checkAround(around)
    }
  }

  part(name: string): Part {
    const found = this.parts.find((part) => part.name === name)
    if (found !== undefined) return found
    const known = this.parts.map((part) => part.name).join(', ')
    throw new HoldfastConfigError(`${this.name}: no part is named '${name}'; there are ${known}`)
  }

  on(listener: (event: HoldfastEvent) => void): () => void {
    // The parts' own events are all in HoldfastEvent; the host knows only their common shape.
    return this.#host.on(listener as unknown as Listener)
  }

  describe(): { readonly name: string; readonly parts: readonly Readonly<Record<string, unknown>>[] } {
    const parts = this.parts.map((part) => ({ kind: part.kind, name: part.name, ...part.describe?.() }))
    return { name: this.name, parts }
  }

  idle(now: number): boolean {
    return this.parts.every((part) => part.idle?.(now) ?? true)
  }
}
