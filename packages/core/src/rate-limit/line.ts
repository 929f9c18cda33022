import type { Call } from '../call.ts'
import { Wait } from '../wait.ts'

/** What was taken for one call. */
export class Taken {
  readonly meter: Line
  readonly weight: number
  /** How far it moved the theoretical arrival. */
  readonly costMs: number
  /** The meter's at that time. */
  readonly epoch: number
  /** The meter's theoretical arrival right after. */
  readonly arrival: number
  /** What the meter had been given back until then. */
  readonly givenBackMs: number

  constructor(
    meter: Line,
    weight: number,
    costMs: number,
    epoch: number,
    arrival: number,
    givenBackMs: number,
  ) {
    this.meter = meter
    this.weight = weight
    this.costMs = costMs
    this.epoch = epoch
    this.arrival = arrival
    this.givenBackMs = givenBackMs
  }
}

/** A call that waits for its turn. */
export class Turn extends Wait {
  /** Where it waits. */
  line: Line
  readonly weight: number
  readonly call: Call
  /** When its turn comes at the latest; where that is not known, when it stops waiting. */
  readonly until: number
  ahead: Turn | undefined
  behind: Turn | undefined

  constructor(line: Line, weight: number, until: number, call: Call) {
    super()
    this.line = line
    this.weight = weight
    this.until = until
    this.call = call
  }

  override fire(now: number): void {
    this.line.serve(now)
  }

  protected override left(now: number): void {
    this.line.leave(this)
    this.line.serve(now)
  }
}

/** Who waits for a meter, in order of arrival. */
export abstract class Line {
  protected first: Turn | undefined
  #last: Turn | undefined
  waitingWeight = 0
  waiting = 0
  rejected = 0

  /** Lets everybody pass whose turn it is, or simply everybody, and has the wheel call when it is the next one's. */
  abstract serve(now: number, all?: boolean): void

  /** Takes back what a call did not use. */
  abstract giveBack(taken: Taken, now: number): void

  /** Puts a call at the end of those who wait. */
  queue(turn: Turn, now: number): void {
    turn.line = this
    turn.behind = undefined
    turn.ahead = this.#last
    if (this.#last === undefined) this.first = turn
    else this.#last.behind = turn
    this.#last = turn
    this.waitingWeight += turn.weight
    this.waiting++
    if (turn === this.first) this.serve(now)
  }

  leave(turn: Turn): void {
    const { ahead, behind } = turn
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    this.waiting--
    this.waitingWeight = this.waiting === 0 ? 0 : this.waitingWeight - turn.weight
  }

  /** Has all who wait move to the end of another line, in their order. */
  moveTo(other: Line, now: number): void {
    for (let turn = this.first; turn !== undefined; turn = this.first) {
      turn.cancel()
      this.leave(turn)
      other.queue(turn, now)
    }
  }
}
