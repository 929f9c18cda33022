import { Rejection } from '@holdfast/core'
import type { Call, Guard, Host, Ticket } from '@holdfast/core'
import { ask } from '@holdfast/core/options'
import { byCriticality, criticalityOf } from './criticality.ts'
import type { Criticality } from './criticality.ts'
import { idle } from './load-sensors.ts'
import type { LoadReading } from './load-sensors.ts'
import { settingsFrom } from './load-shedding-options.ts'
import type { LoadSheddingOptions, Settings } from './load-shedding-options.ts'
import { calm, recoveryMs, shedRatio, step } from './shed-level.ts'
import type { ShedState } from './shed-level.ts'

/** The process is too busy for calls of this criticality. */
export class OverloadedError extends Rejection {
  readonly code = 'ERR_OVERLOADED'
}

export type LoadSheddingEvent =
  | {
      readonly type: 'load-shedding.rejected'
      readonly policy: string
      readonly criticality: Criticality
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | {
      readonly type: 'load-shedding.moved'
      readonly policy: string
      readonly level: number
      readonly eventLoopDelayMs: number
      readonly eventLoopUtilization: number
      readonly heapUsedRatio: number
    }

export interface LoadSheddingStatistics {
  /** 0: nothing is refused. 1: all that is sheddable; 2: also sheddable-plus; 3: also critical; between, a share. */
  readonly level: number
  /** What was measured last. */
  readonly reading: LoadReading | undefined
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export interface LoadShedding extends Guard {
  statistics(): LoadSheddingStatistics
}

/**
 * Refuses calls while the process itself is too busy: the least critical first, more of them and then more critical ones
 * for as long as that lasts, `critical-plus` never. A call costs the comparison of two numbers.
 */
export function loadShedding(options: LoadSheddingOptions = {}): LoadShedding {
  return new Shedder(options)
}

/** How often the sensors are looked at. */
const lookEveryMs = 500
const longestRetryMs = 60_000

class Shedder implements LoadShedding {
  readonly kind = 'load-shedding'
  readonly name: string
  #settings: Settings
  #state: ShedState = calm
  #reading: LoadReading | undefined
  #lookAt = -Infinity
  #told = 0
  #rejected = 0
  #users = 0
  #stop: (() => void) | undefined

  constructor(options: LoadSheddingOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  attach(): void {
    this.#users++
    this.#stop ??= this.#settings.sensors.start()
  }

  detach(): void {
    if (--this.#users > 0) return
    this.#stop?.()
    this.#stop = undefined
  }

  admit(call: Call, now: number): Ticket | OverloadedError {
    if (now >= this.#lookAt) this.#look(call.host, now)
    return this.#state.level === 0 || this.#settings.mode === 'off' ? 0 : this.#judge(call, now)
  }

  #look(host: Host, now: number): void {
    this.#lookAt = now + lookEveryMs
    const { sensors } = this.#settings
    const reading = ask(host, this.name, 'sensors', () => sensors.read(), { ...idle })
    if (reading === this.#reading) return
    this.#reading = reading
    this.#state = step(this.#state, this.#pressure(reading), now)
    const { level } = this.#state
    if (Math.ceil(level) === Math.ceil(this.#told)) return
    this.#told = level
    if (!host.observed) return
    host.emit({
      type: 'load-shedding.moved',
      policy: this.name,
      level,
      ...reading,
    } satisfies LoadSheddingEvent)
  }

  /** The worst reading, as a share of its threshold. */
  #pressure(reading: LoadReading): number {
    const { eventLoopDelayMs, eventLoopUtilization, heapUsedRatio } = this.#settings
    return Math.max(
      reading.eventLoopDelayMs / eventLoopDelayMs,
      reading.eventLoopUtilization / eventLoopUtilization,
      reading.heapUsedRatio / heapUsedRatio,
    )
  }

  #judge(call: Call, now: number): Ticket | OverloadedError {
    const rank = byCriticality(call)
    const ratio = shedRatio(this.#state, rank)
    if (ratio === 0 || (ratio < 1 && call.random() >= ratio)) return 0
    const shadow = this.#settings.mode === 'shadow'
    const criticality = criticalityOf(call)
    this.#rejected++
    if (call.host.observed) {
      const { name: policy } = this
      call.emit({ type: 'load-shedding.rejected', policy, criticality, shadow } satisfies LoadSheddingEvent)
    }
    return shadow ? 0 : this.#refusal(call, rank, criticality, now)
  }

  /** The jitter keeps those that are refused together from coming back together. */
  #refusal(call: Call, rank: number, criticality: Criticality, now: number): OverloadedError {
    const { name: policy } = this
    const retryAfterMs =
      Math.min(longestRetryMs, recoveryMs(this.#state, rank, now)) * (1 + call.random() / 2)
    const message = `${policy}: the process is too busy for what is ${criticality}`
    return new OverloadedError(message, { policy, key: call.key, retryAfterMs })
  }

  statistics(): LoadSheddingStatistics {
    return { level: this.#state.level, reading: this.#reading, rejected: this.#rejected }
  }

  configure(options: LoadSheddingOptions): void {
    const { sensors } = this.#settings
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    if (this.#stop === undefined || sensors === this.#settings.sensors) return
    this.#stop()
    this.#stop = this.#settings.sensors.start()
  }

  draft(options: LoadSheddingOptions): LoadShedding {
    return loadShedding({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { eventLoopDelayMs, eventLoopUtilization, heapUsedRatio, mode } = this.#settings
    const shown = (threshold: number): number | false => (threshold === Infinity ? false : threshold)
    return {
      eventLoopDelayMs: shown(eventLoopDelayMs),
      eventLoopUtilization: shown(eventLoopUtilization),
      heapUsedRatio: shown(heapUsedRatio),
      mode,
    }
  }

  idle(): boolean {
    return this.#state.level === 0
  }
}
