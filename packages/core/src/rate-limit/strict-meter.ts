import type { Call } from '../call.ts'
import type { Rejection } from '../error.ts'
import type { LimitReply } from '../share/protocol/limit.ts'
import type { SharedRate } from '../share/shared-rate.ts'
import type { Ticket } from '../wait.ts'
import { Wait } from '../wait.ts'
import type { Cells } from './gcra.ts'
import { Meter } from './meter.ts'
import type { Settings } from './options.ts'

/** Makes a refusal and reports it. */
type Refuse = (meter: StrictMeter, retryAfterMs: number | undefined, call: Call) => Rejection

/** The meter of a rate that the fleet is asked about for each call. By itself it goes by this instance's part. */
export class StrictMeter extends Meter {
  readonly shared: SharedRate
  #whole: Cells
  #size: number

  constructor(cells: Cells, shared: SharedRate) {
    super(partOf(cells, shared.fleet.size))
    this.shared = shared
    this.#whole = cells
    this.#size = shared.fleet.size
  }

  override rescale(cells: Cells, now: number): void {
    this.#whole = cells
    this.#size = this.shared.fleet.size
    this.shared.terms = { intervalMs: cells.intervalMs, burst: cells.toleranceMs / cells.intervalMs }
    super.rescale(partOf(cells, this.#size), now)
  }

  override affords(weight: number): boolean {
    return weight * this.#whole.intervalMs <= this.#whole.toleranceMs * (1 + 1e-9)
  }

  /** How long a call has to wait here alone; one that costs more than the part of the burst until that is whole. */
  aloneMs(now: number, weight: number): number {
    if (this.#size !== this.shared.fleet.size) this.rescale(this.#whole, now)
    const { burst } = this.shared.terms
    return this.waitMs(now, Math.min(weight, Math.max(1, burst / this.#size)))
  }
}

function partOf({ intervalMs, toleranceMs }: Cells, size: number): Cells {
  const cellMs = intervalMs * size
  return { intervalMs: cellMs, toleranceMs: Math.max(cellMs, toleranceMs) }
}

/** A call that waits for the fleet's word, for so long at most. */
export class StrictTurn extends Wait {
  readonly #meter: StrictMeter
  readonly #weight: number
  readonly #call: Call
  readonly #settings: Settings
  readonly #refuse: Refuse

  constructor(meter: StrictMeter, weight: number, call: Call, settings: Settings, refuse: Refuse) {
    super()
    this.#meter = meter
    this.#weight = weight
    this.#call = call
    this.#settings = settings
    this.#refuse = refuse
  }

  /** Asks, or decides at once where nobody can be asked. */
  begin(now: number): Ticket | Wait | Rejection {
    if (this.#meter.shared.fleet.isDown) return this.#alone(now)
    const { deadlineMs = 20 } = this.#settings.shared || {}
    this.#call.host.wheel.add(this, now + deadlineMs, now)
    this.#meter.shared.take(this.#weight, (reply) => this.#answered(reply, this.#call.clock.now()))
    return this
  }

  #answered(reply: LimitReply | undefined, now: number): void {
    if (this.over) return
    if (reply === undefined) this.fire(now)
    else if (reply.granted > 0) this.grant(0, now)
    else this.refuse(this.#refuse(this.#meter, reply.retryAfterMs, this.#call), now)
  }

  /** What becomes of it without an answer. */
  #alone(now: number): Ticket | Rejection {
    const { onStoreError = 'local' } = this.#settings.shared || {}
    if (onStoreError === 'open') return 0
    const waitMs = this.#meter.aloneMs(now, this.#weight)
    if (onStoreError === 'local' && waitMs === 0) return this.#meter.take(now, this.#weight)
    return this.#refuse(this.#meter, waitMs, this.#call)
  }

  override fire(now: number): void {
    const decided = this.#alone(now)
    if (typeof decided === 'object' && 'admits' in decided) this.refuse(decided as Rejection, now)
    else this.grant(decided, now)
  }

  /** What the fleet grants it is lost: rather too little is used than too much. */
  protected override left(): void {}
}
