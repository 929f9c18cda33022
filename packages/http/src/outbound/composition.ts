import { HoldfastConfigError, keyed, partFrom, pipeline, retryBudget, standard } from '@holdfast/core'
import type { Part, PartConfig, Pipeline } from '@holdfast/core'
import type { OutboundOptions } from './options.ts'
import { rounds, withRules } from './rules.ts'

/** What stands around each attempt of a client. */
export interface Composition {
  readonly pipeline: Pipeline
  /** Whether attempts of one request may run beside each other. */
  readonly hedged: boolean
  update(part: string, options: object): void
  /** Those that all keys have in common, and those of `key`; undefined where it has none yet. */
  parts(key: string): readonly Part[] | undefined
}

/**
 * Without endpoints every key has parts of its own. With them it is one service: what stands outside of the choice of an
 * endpoint is one for all, and what stands inside is one for each key, with a state for each endpoint.
 */
export function compose(name: string, options: OutboundOptions): Composition {
  const configs = configsFrom(name, options)
  const { clock, random, share } = options
  const hedged = configs.some(({ kind }) => kind === 'hedge')
  // So that what is wrong is said now, and not by the first request.
  pipeline(name, partsFrom(configs, hedged), { clock, random })
  const cut = configs.findLastIndex(({ kind }) => kind === 'endpoints') + 1
  const common = partsFrom(configs.slice(0, cut), hedged)
  const each = keyed(() => partsFrom(configs.slice(cut), hedged))
  const whole = pipeline(name, [...common, each], { clock, random, share })
  return {
    pipeline: whole,
    hedged,
    update(part, changes) {
      if (whole.parts.some((known) => known.name === part)) whole.update(part, changes)
      else each.updatePart(part, changes)
    },
    parts(key) {
      const own = each.of(key)
      return own && [...common, ...own]
    },
  }
}

/** The parts as data, outermost first, with what the options change in them. */
function configsFrom(name: string, options: OutboundOptions): readonly PartConfig[] {
  const { parts = standard, retry, hedge = false, endpoints } = options
  if (parts.some(({ kind }) => kind === 'single-flight')) {
    throw new HoldfastConfigError(
      `${name}: a single flight would give one response, whose body can be read once, to many requests; put it around what reads the body`,
    )
  }
  const kept = retry === false ? parts.filter(({ kind }) => kind !== 'retry') : parts
  const configs = kept.map((part) => (part.kind === 'retry' ? { ...part, ...retry } : part))
  if (hedge !== false) insert(configs, { kind: 'hedge', ...(hedge === true ? {} : hedge) })
  if (endpoints === undefined) return configs.map(withRules)
  if (configs.some(({ kind }) => kind === 'endpoints')) {
    throw new HoldfastConfigError(`${name}: give the endpoints as an option or among the parts, not both`)
  }
  insert(configs, { kind: 'endpoints', ...endpoints })
  return configs.map(withRules)
}

/** Puts a part inside of the total timeout and of what may run it several times, and outside of the guards. */
function insert(configs: PartConfig[], part: PartConfig): void {
  const place = configs.findLastIndex(
    ({ kind, name }) =>
      name === 'total-timeout' || kind === 'retry' || kind === 'hedge' || kind === 'fallback',
  )
  configs.splice(place + 1, 0, part)
}

/** Retry and hedge pay from one budget, unless they bring their own. */
function partsFrom(configs: readonly PartConfig[], hedged: boolean): readonly Part[] {
  const budget = retryBudget()
  return configs.flatMap((config) => {
    const paid = config.kind === 'retry' || config.kind === 'hedge'
    const part = partFrom(paid && config.budget === undefined ? { ...config, budget } : config)
    return hedged && part.kind === 'retry' ? [part, rounds] : [part]
  })
}
