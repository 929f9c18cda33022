import type { GuardOptions } from '@holdfast/core'
import { checkOptions, guardRules, number, object } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { systemSensors } from './load-sensors.ts'
import type { LoadSensors } from './load-sensors.ts'

export interface LoadSheddingOptions extends GuardOptions {
  /** How late nine in ten turns of the event loop may be, in milliseconds; `false`: however late. Default 100. */
  readonly eventLoopDelayMs?: number | false
  /** For which share of the time the event loop may be busy; `false`: always. Default 0.98. */
  readonly eventLoopUtilization?: number | false
  /** Which share of the largest heap may be in use; `false`: all. Default 0.95. */
  readonly heapUsedRatio?: number | false
  /** What measures that, over windows of half a second. While it throws, nothing counts as too much. Default: the process's own. */
  readonly sensors?: LoadSensors
}

/** The options with their defaults; a sensor that does not count has a threshold that is never reached. */
export interface Settings {
  readonly options: LoadSheddingOptions
  readonly mode: 'enforce' | 'shadow' | 'off'
  readonly eventLoopDelayMs: number
  readonly eventLoopUtilization: number
  readonly heapUsedRatio: number
  readonly sensors: LoadSensors
}

const orFalse =
  (rule: Rule): Rule =>
  (value) => {
    const demand = value === false ? undefined : rule(value)
    return demand && `${demand}, or false`
  }

const share = orFalse(number(0.01, 1))

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  eventLoopDelayMs: orFalse(number(1)),
  eventLoopUtilization: share,
  heapUsedRatio: share,
  sensors: object,
}

export function settingsFrom(name: string, asked: LoadSheddingOptions): Settings {
  const options = checkOptions(name, asked, rules)
  const { mode = 'enforce', sensors = systemSensors } = options
  const { eventLoopDelayMs = 100, eventLoopUtilization = 0.98, heapUsedRatio = 0.95 } = options
  return {
    options,
    mode,
    eventLoopDelayMs: eventLoopDelayMs || Infinity,
    eventLoopUtilization: eventLoopUtilization || Infinity,
    heapUsedRatio: heapUsedRatio || Infinity,
    sensors,
  }
}
