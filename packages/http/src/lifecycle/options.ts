import { constants } from 'node:os'
import { systemClock } from '@holdfast/core'
import type { Clock } from '@holdfast/core'
import { callable, checkOptions, durationMs, object, required } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { openScopes } from '../inbound/open-scopes.ts'
import type { DrainReport, Scopes, Timing } from './drain.ts'
import type { StatusOptions } from './status.ts'

export interface LifecycleOptions {
  /**
   * On which signals to drain, and then to exit. The second signal ends the process at once. Default: none; call
   * `drain` yourself.
   */
  readonly signals?: readonly NodeJS.Signals[]
  /**
   * Milliseconds for which the server goes on as before except that it calls itself not ready, so that whoever sends
   * requests here hears of it. Longer than the period of the readiness probes. Default 5 000.
   */
  readonly announceMs?: number
  /** Milliseconds, after that, for requests under way to be answered before they are cut short. Default 20 000. */
  readonly drainMs?: number
  /** Milliseconds for `cleanups` to end. Default 3 000. */
  readonly cleanupMs?: number
  /** What is to be given back at the end, such as `() => share.stop()`. All begin at once. Default: nothing. */
  readonly cleanups?: readonly (() => unknown)[]
  /**
   * Whether this process can serve, beside that it listens and does not drain. False, an error and no answer within a
   * second mean no. Leave dependencies out that other instances need too. Default: it can.
   */
  readonly ready?: () => unknown
  /** What the status handler shows, and to whom. Default: nothing, to nobody. */
  readonly status?: StatusOptions
  /** Which scopes are cut short at the end of the drain. Default: those of the whole process. */
  readonly scopes?: Scopes
  /** What to do at the end of a drain that a signal began. Default: `process.exit` with the report's exit code. */
  readonly exit?: (report: DrainReport) => void
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock
}

export type Settings = Required<Omit<LifecycleOptions, 'status'>> & Timing & Pick<LifecycleOptions, 'status'>

const defaults: Omit<Settings, 'status'> = {
  signals: [],
  announceMs: 5_000,
  drainMs: 20_000,
  cleanupMs: 3_000,
  cleanups: [],
  ready: () => true,
  scopes: openScopes,
  exit: ({ exitCode }) => process.exit(exitCode),
  clock: systemClock,
}

const listOf =
  (isOne: (each: unknown) => boolean, demand: string): Rule =>
  (value) =>
    Array.isArray(value) && value.every(isOne) ? undefined : demand

/** Any other name would be listened for as well, and never come. */
const isSignal = (name: unknown): boolean =>
  typeof name === 'string' && Object.hasOwn(constants.signals, name)

const rules: Readonly<Record<string, Rule>> = {
  signals: listOf(isSignal, 'an array of names of signals'),
  announceMs: durationMs(),
  drainMs: durationMs(),
  cleanupMs: durationMs(),
  cleanups: listOf((each) => typeof each === 'function', 'an array of functions'),
  ready: callable,
  status: object,
  scopes: object,
  exit: callable,
  clock: object,
}

const statusRules: Readonly<Record<string, Rule>> = {
  allow: callable,
  pipelines: (value) => (Array.isArray(value) ? undefined : 'an array of pipelines'),
}

/** Checks the options, and completes them. */
export function settingsOf(options: LifecycleOptions): Settings {
  const given = Object.entries(checkOptions('lifecycle', options, rules))
  const { status } = options
  if (status !== undefined) {
    const { allow } = checkOptions('lifecycle: status', status, statusRules)
    required('lifecycle: status', 'allow', allow, 'whether a request may see it')
  }
  return { ...defaults, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}
