import type { ExecuteOptions } from '../call.ts'
import { callable, checkOptions, HoldfastConfigError, object, required, show, text } from '../check.ts'
import type { Rule } from '../check.ts'
import { pipelineFrom, standard } from '../presets.ts'
import type { PartConfig } from '../presets.ts'
import type { Pipeline, PipelineOptions } from '../pipeline.ts'
import { connectionMeaning } from './error-meaning.ts'
import type { ErrorMeaning } from './error-meaning.ts'
import { metadataOf, withMeaning } from './rules.ts'

/** The methods of a client that answer by a promise. */
export type MethodName<Client> = {
  [Name in keyof Client]: Client[Name] extends (...parameters: never) => PromiseLike<unknown> ? Name : never
}[keyof Client] &
  string

export interface WrapOptions<Client extends object> extends PipelineOptions {
  /** Of the pipeline. */
  readonly name: string
  /** Which methods go through the pipeline. Not with callbacks: each must answer by its promise. */
  readonly methods: readonly MethodName<Client>[]
  /**
   * Whether a call may be done again when it may have been done already. What it throws is what the caller hears.
   * Default: none may.
   */
  readonly mayRepeat?: (method: string, parameters: readonly unknown[]) => boolean
  /** What an error of the client says. Default: `undone` where no connection was made, else `unknown`. */
  readonly meaningOf?: (error: unknown) => ErrorMeaning
  /** Outermost first. Default: the standard preset. */
  readonly parts?: readonly PartConfig[]
  /** Asked with each call for the signal and the deadline of the work that it belongs to, such as `inScope`. Default: none. */
  readonly scope?: () => ExecuteOptions
}

const names: Rule = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((each) => text(each) === undefined)
    ? undefined
    : 'an array of at least one name of a method'

const parts: Rule = (value) => (Array.isArray(value) ? undefined : 'an array of parts')

const rules: Readonly<Record<string, Rule>> = {
  name: text,
  methods: names,
  mayRepeat: callable,
  meaningOf: callable,
  parts,
  scope: callable,
  clock: object,
  random: callable,
  share: object,
}

const pipelines = new WeakMap<object, Pipeline>()

/**
 * The client, but that the methods named go through a pipeline, with their name as the call's key; they always answer by
 * a promise. Everything else is the client's own, and `this` within its methods is the client itself.
 */
export function wrap<Client extends object>(client: Client, options: WrapOptions<Client>): Client {
  const { name, methods, meaningOf = connectionMeaning, parts = standard, ...rest } = checked(client, options)
  const { mayRepeat = () => false, scope, clock, random, share } = rest
  const all = parts.map((part) => withMeaning(name, meaningOf, part))
  const pipeline = pipelineFrom({ name, parts: all }, { clock, random, share })
  const through = (method: string) => {
    return async (...parameters: readonly unknown[]): Promise<unknown> => {
      const metadata = metadataOf(method, mayRepeat(method, parameters))
      const operation = (): unknown => call(client, method, parameters)
      return pipeline.execute(operation, { ...scope?.(), key: method, metadata })
    }
  }
  const replaced = new Map<string | symbol, unknown>(methods.map((method) => [method, through(method)]))
  const wrapped = new Proxy(client, new Wrapping(replaced))
  pipelines.set(wrapped, pipeline)
  return wrapped
}

function call(client: object, method: string, parameters: readonly unknown[]): unknown {
  // It was a function when the client was wrapped; whoever replaced it hears of it.
  const own = Reflect.get(client, method) as (...parameters: readonly unknown[]) => unknown
  return Reflect.apply(own, client, parameters)
}

/** The pipeline that a wrapped client's calls go through, for its events, statistics and live options. */
export function pipelineOf(wrapped: object): Pipeline {
  const pipeline = pipelines.get(wrapped)
  if (pipeline === undefined) throw new HoldfastConfigError('pipelineOf: the client was not made by wrap()')
  return pipeline
}

class Wrapping<Client extends object> implements ProxyHandler<Client> {
  readonly #replaced: ReadonlyMap<string | symbol, unknown>
  readonly #own = new WeakMap<object, unknown>()

  constructor(replaced: ReadonlyMap<string | symbol, unknown>) {
    this.#replaced = replaced
  }

  get(client: Client, name: string | symbol, wrapped: unknown): unknown {
    if (this.#replaced.has(name)) return this.#replaced.get(name)
    // The client, not the proxy, has its private fields.
    const value: unknown = Reflect.get(client, name, client)
    if (typeof value !== 'function' || name === 'constructor' || isFixed(client, name)) return value
    return this.#own.get(value) ?? this.#remember(value, client, wrapped)
  }

  set(client: Client, name: string | symbol, value: unknown): boolean {
    return Reflect.set(client, name, value, client)
  }

  /** A function of the client that is called on the client; what would return it, returns what it was called on. */
  #remember(value: object, client: Client, wrapped: unknown): unknown {
    const own: unknown = new Proxy(value, {
      apply(target, self: unknown, parameters: unknown[]): unknown {
        if (self !== wrapped) return Reflect.apply(target as () => unknown, self, parameters)
        const result: unknown = Reflect.apply(target as () => unknown, client, parameters)
        return result === client ? wrapped : result
      },
    })
    this.#own.set(value, own)
    return own
  }
}

/** A property of which a proxy may show nothing else. */
function isFixed(client: object, name: string | symbol): boolean {
  const property = Reflect.getOwnPropertyDescriptor(client, name)
  return property?.configurable === false && property.writable === false
}

function checked<Client extends object>(client: Client, options: WrapOptions<Client>): WrapOptions<Client> {
  const given = checkOptions('wrap', options, rules)
  required('wrap', 'name', given.name, 'what its pipeline is called')
  required(given.name, 'methods', given.methods, 'the names of those that go through the pipeline')
  const complaint = object(client)
  if (complaint !== undefined) {
    throw new HoldfastConfigError(`${given.name}: the client must be ${complaint}, not ${show(client)}`)
  }
  for (const method of given.methods) {
    if (typeof Reflect.get(client, method) !== 'function') {
      throw new HoldfastConfigError(`${given.name}: the client has no method '${method}'`)
    }
    if (isFixed(client, method)) {
      throw new HoldfastConfigError(`${given.name}: the client's '${method}' cannot be replaced`)
    }
  }
  return given
}
