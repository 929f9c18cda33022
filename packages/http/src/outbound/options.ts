import { callable, checkOptions, flag, object, text } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import type {
  EndpointsOptions,
  HedgeOptions,
  PartConfig,
  PipelineOptions,
  RetryOptions,
} from '@holdfast/core'
import type { OutboundRequest } from './request.ts'

/** How a client sends its requests. */
export interface OutboundOptions extends PipelineOptions {
  /** Of the client, in events and where its state is shared. Default `outbound`. */
  readonly name?: string | undefined
  /** What relative addresses are relative to. Requests then go there alone. Default: addresses are absolute. */
  readonly baseUrl?: string | undefined
  /**
   * Where the service can be reached: each attempt goes to one that is well. Requests then go there alone; addresses are
   * relative to the first primary, or to `baseUrl`, for which the endpoints then stand. Default: none.
   */
  readonly endpoints?: EndpointsOptions | undefined
  /** What stands around each attempt, outermost first. Default: the standard preset. */
  readonly parts?: readonly PartConfig[] | undefined
  /** Changes the retry among the parts, or takes it out. */
  readonly retry?: RetryOptions | false | undefined
  /** Puts a hedge inside of the retry, for requests that may be repeated. `true`: with its defaults. Default: none. */
  readonly hedge?: HedgeOptions | boolean | undefined
  /**
   * What a request asks for, such as `'stock.read'`: each has a circuit and a bulkhead of its own. From a small set, never
   * the raw path. Default: nothing in particular, so that each origin has one of each.
   */
  readonly operation?: ((request: OutboundRequest) => string | undefined) | undefined
  /** Gives each POST and PATCH without an `Idempotency-Key` one of its own, so that it is retried. Default false. */
  readonly idempotencyKeys?: boolean | undefined
  /** Headers that, like `Authorization` and `Cookie`, no endpoint of another trust is sent. Default: none. */
  readonly credentialHeaders?: readonly string[] | undefined
  /** The header that tells how many milliseconds are left; false for none. Default `holdfast-timeout-ms`. */
  readonly timeoutHeader?: string | false | undefined
  /** The header that tells the number of the attempt, from the second on; false for none. Default `holdfast-attempt`. */
  readonly attemptHeader?: string | false | undefined
  /**
   * The header that tells how much the request matters for which this one is made; one that says so itself keeps its own.
   * False for none. Default `holdfast-criticality`.
   */
  readonly criticalityHeader?: string | false | undefined
}

const list: Rule = (value) => (Array.isArray(value) ? undefined : 'an array of parts')
const objectOrFalse: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')
const objectOrFlag: Rule = (value) => flag(value) && object(value) && 'an object, true or false'
const tokens = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const headerName: Rule = (value) =>
  value === false || (typeof value === 'string' && tokens.test(value))
    ? undefined
    : 'the name of a header, or false'
const headerNames: Rule = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && tokens.test(name))
    ? undefined
    : 'an array of names of headers'

const ownRules: Readonly<Record<string, Rule>> = {
  name: text,
  baseUrl: text,
  endpoints: object,
  parts: list,
  retry: objectOrFalse,
  hedge: objectOrFlag,
  operation: callable,
  idempotencyKeys: flag,
  credentialHeaders: headerNames,
  timeoutHeader: headerName,
  attemptHeader: headerName,
  criticalityHeader: headerName,
  // Checked by the pipeline.
  clock: object,
  random: callable,
  share: object,
}

/** Checks the options; returns a copy. */
export function checkOutbound(options: OutboundOptions): OutboundOptions {
  return checkOptions('outbound', options, ownRules)
}
