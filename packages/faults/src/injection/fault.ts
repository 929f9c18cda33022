import { HoldfastConfigError } from '@holdfast/core'
import type { Call } from '@holdfast/core'
import { callable, checkOptions, integer, oneOf, required, text } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { checkedDistribution } from '../distribution.ts'
import type { Distribution } from '../distribution.ts'
import { checkedSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'

/** What goes wrong with an operation, and when. Plain data (JSON) where it holds no function. */
export type Fault = Latency | Failure | Hang | Corruption

interface FaultOptions {
  /** Names it in events, errors and the list of injections; unique among those that are on. Default: its kind. */
  readonly id?: string
  /** Which calls it concerns. Default: all. */
  readonly when?: Schedule
}

/** The operation begins later. */
export interface Latency extends FaultOptions {
  readonly kind: 'latency'
  /** By how much. */
  readonly ms: Distribution
}

/** An error instead of the operation, which is not run. */
export interface Failure extends FaultOptions {
  readonly kind: 'failure'
  /** The error's code, such as `ECONNREFUSED`. Default `ERR_FAULT`. */
  readonly code?: string
  /** The error's status, such as 503. Default: none. */
  readonly status?: number
  /** Makes what is thrown instead of a `FaultError`. */
  readonly error?: (call: Call) => unknown
}

/** No answer instead of the operation, which is not run: the call waits until it is cut short. */
export interface Hang extends FaultOptions {
  readonly kind: 'hang'
}

/** Another value than the one that the operation answers. Errors stay as they are. */
export interface Corruption extends FaultOptions {
  readonly kind: 'corruption'
  /** The value, or what makes it of the right one; an error thrown by that is the operation's. */
  readonly value: unknown
}

const kinds = ['latency', 'failure', 'hang', 'corruption'] as const
const kind = oneOf(...kinds)
const anything: Rule = () => undefined

const own: Readonly<Record<Fault['kind'], Readonly<Record<string, Rule>>>> = {
  latency: { ms: anything },
  failure: { code: text, status: integer(100, 599), error: callable },
  hang: {},
  corruption: { value: anything },
}

/** A frozen copy, with an id; an error says by `path` what is wrong. */
export function checkedFault(given: Fault, path: string): Fault & { readonly id: string } {
  const which: unknown = (given as Fault | undefined)?.kind
  const known = kind(which)
  if (known !== undefined)
    throw new HoldfastConfigError(`${path}: kind must be ${known}, not ${String(which)}`)
  const fault = checkOptions(path, given, { kind, id: text, when: anything, ...own[given.kind] })
  const { id = fault.kind } = fault
  const when = fault.when === undefined ? {} : { when: checkedSchedule(fault.when, `${path}.when`) }
  if (fault.kind === 'latency') {
    required(path, 'ms', fault.ms, 'a number of milliseconds, or a distribution')
    return Object.freeze({ ...fault, ...when, id, ms: checkedDistribution(fault.ms, `${path}.ms`) })
  }
  if (fault.kind === 'failure' && fault.error !== undefined && (fault.code ?? fault.status) !== undefined) {
    throw new HoldfastConfigError(`${path}: error makes the whole error; leave out code and status`)
  }
  return Object.freeze({ ...fault, ...when, id })
}
