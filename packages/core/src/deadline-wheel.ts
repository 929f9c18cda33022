import type { Alarm, Clock } from './clock.ts'

/** One moment in the future at which `fire` is called, unless it is cancelled before. Linked into the wheel itself. */
export abstract class Timer {
  /** Internal: the wheel's own. */
  next: Timer | undefined = undefined
  /** Internal: the wheel's own. */
  previous: Timer | undefined = undefined
  /** Internal: the wheel it waits in. */
  wheel: DeadlineWheel | undefined = undefined
  /** The moment on the wheel's clock. */
  due = 0

  abstract fire(now: number): void

  cancel(): void {
    this.wheel?.remove(this)
  }
}

/** A ring of timers; its own link is where it begins and ends. */
class Slot extends Timer {
  override next: Timer = this
  override previous: Timer = this

  override fire(): void {}
}

const digitBits = 6
const digits = 2 ** digitBits
/** 64 ** 9 ticks of a millisecond reach beyond every safe integer. */
const levels = 9
/** Below this, 24 days, ticks are reckoned as integers. */
const shortTicks = 2 ** 31

/**
 * A hierarchical timer wheel with ticks of a millisecond (Varghese and Lauck, 1987, scheme 7): adding and removing
 * take constant time and no memory, and one alarm of the clock serves all timers. Timers never fire early; in one
 * wake-up they fire in order of their ticks.
 */
export class DeadlineWheel {
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #slots: (Slot | undefined)[] = []
  readonly #firing = new Slot()
  #tick = 0
  #waiting = 0
  #alarmTick = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
    this.#alarm = clock.alarm(() => this.#wake())
  }

  /** How many timers wait. */
  get size(): number {
    return this.#waiting
  }

  /**
   * Lets `timer` fire at the first tick at or after `due`, or as soon after as the clock allows: never before `due`,
   * and within a tick from now if that has passed. A timer that waits already is moved.
   */
  add(timer: Timer, due: number, now: number): void {
    timer.cancel()
    if (this.#waiting === 0) this.#tick = Math.floor(now)
    timer.due = due
    timer.wheel = this
    this.#waiting++
    const tick = this.#place(timer)
    if (tick < this.#alarmTick) this.#setAlarm(tick)
  }

  /** Forgets `timer`; does nothing if it does not wait here. */
  remove(timer: Timer): void {
    if (timer.wheel !== this) return
    unlink(timer)
    timer.wheel = undefined
    if (--this.#waiting === 0) this.#setAlarm(Infinity)
  }

  #setAlarm(tick: number): void {
    this.#alarmTick = tick
    if (tick === Infinity) this.#alarm.clear()
    else this.#alarm.set(tick)
  }

  /** Puts the timer into its slot; returns the tick at which that slot must be looked at. */
  #place(timer: Timer): number {
    const due = Math.max(Math.ceil(timer.due), this.#tick + 1)
    if (due >= shortTicks) return this.#placeFar(timer, due)
    // The level is that of the highest digit in which the two differ.
    const level = ((31 - Math.clz32(due ^ this.#tick)) / digitBits) | 0
    const position = due >> (level * digitBits)
    this.#link(timer, level * digits + (position & (digits - 1)))
    return position << (level * digitBits)
  }

  /** The same for ticks that are no 31-bit integers. */
  #placeFar(timer: Timer, due: number): number {
    let level = 0
    let span = 1
    while (
      level < levels - 1 &&
      Math.floor(due / (span * digits)) !== Math.floor(this.#tick / (span * digits))
    ) {
      level++
      span *= digits
    }
    const position = Math.floor(due / span)
    this.#link(timer, level * digits + (position % digits))
    return position * span
  }

  #link(timer: Timer, index: number): void {
    const slot = (this.#slots[index] ??= new Slot())
    const last = slot.previous
    timer.next = slot
    timer.previous = last
    last.next = timer
    slot.previous = timer
  }

  #wake(): void {
    const now = this.#clock.now()
    const target = Math.floor(now)
    let tick = this.#nextTick()
    for (; tick <= target; tick = this.#nextTick()) {
      this.#tick = tick
      this.#cascade(tick)
      this.#fireSlot(tick, now)
    }
    this.#tick = Math.max(this.#tick, target)
    this.#setAlarm(tick)
  }

  /** The nearest tick at which a slot that is not empty must be looked at. */
  #nextTick(): number {
    if (this.#waiting === 0) return Infinity
    for (let level = 0, span = 1; level < levels; level++, span *= digits) {
      const position = Math.floor(this.#tick / span)
      const lastOfRound = position - (position % digits) + digits - 1
      for (let at = position + 1; at <= lastOfRound; at++) {
        const slot = this.#slots[level * digits + (at % digits)]
        if (slot !== undefined && slot.next !== slot) return at * span
      }
    }
    return Infinity
  }

  /** Spreads the slots that begin at this tick over the levels below, the widest first. */
  #cascade(tick: number): void {
    let level = 0
    for (let span = digits; level < levels - 1 && tick % span === 0; span *= digits) level++
    for (; level > 0; level--) {
      const span = digits ** level
      const slot = this.#slots[level * digits + (Math.floor(tick / span) % digits)]
      for (let timer = slot?.next; timer !== undefined && timer !== slot; ) {
        const { next } = timer
        unlink(timer)
        if (Math.ceil(timer.due) <= tick) this.#link(timer, tick % digits)
        else this.#place(timer)
        timer = next
      }
    }
  }

  /** The slot is emptied first: what is added meanwhile may belong to a later round of it. */
  #fireSlot(tick: number, now: number): void {
    const slot = this.#slots[tick % digits]
    if (slot !== undefined) moveAll(slot, this.#firing)
    for (let timer = this.#firing.next; timer !== this.#firing; timer = this.#firing.next) {
      unlink(timer)
      timer.wheel = undefined
      this.#waiting--
      fireAlone(timer, now)
    }
  }
}

/** What one timer throws is uncaught, as from a timer of the host, and stops no other. */
function fireAlone(timer: Timer, now: number): void {
  try {
    timer.fire(now)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function moveAll(from: Slot, to: Slot): void {
  const { next: first, previous: last } = from
  if (first === from) return
  first.previous = to.previous
  to.previous.next = first
  last.next = to
  to.previous = last
  from.next = from
  from.previous = from
}

function unlink(timer: Timer): void {
  const { next, previous } = timer
  if (next !== undefined) next.previous = previous
  if (previous !== undefined) previous.next = next
  timer.next = undefined
  timer.previous = undefined
}

const wheels = new WeakMap<Clock, DeadlineWheel>()

/** The one wheel of a clock. */
export function wheelOf(clock: Clock): DeadlineWheel {
  let wheel = wheels.get(clock)
  if (wheel === undefined) {
    wheel = new DeadlineWheel(clock)
    wheels.set(clock, wheel)
  }
  return wheel
}
