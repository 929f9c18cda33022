import { createServer } from 'node:http'
import {
  bulkhead,
  circuitBreaker,
  endpoints,
  fallback,
  hedge,
  HoldfastConfigError,
  hotKeyLimit,
  keyed,
  memoryServer,
  pipeline,
  rateLimit,
  retry,
  share,
  singleFlight,
  timeout,
  wrap,
} from '@holdfast/core'
import type { Part, ShareOptions, WrapOptions } from '@holdfast/core'
import { faultInjection } from '@holdfast/faults'
import type { Fault, Schedule } from '@holdfast/faults'
import { fairShare, inbound, lifecycle, loadShedding, outbound } from '@holdfast/http'
import type { LifecycleOptions, StatusOptions } from '@holdfast/http'
import { redisStore } from '@holdfast/redis'
import { describe, expect, it } from 'vitest'
import { codesIn, pages, rowsUnder, sources, textOf } from './pages.ts'

interface Documented {
  readonly page: string
  /** With as little given as possible, so that it describes its defaults. */
  readonly part: Part
  /** Makes it with an option too many or a wrong one, there or within another option. */
  readonly makers: readonly (readonly [prefix: string, make: (options: never) => unknown])[]
}

const documented: readonly Documented[] = [
  {
    page: 'docs/policies/retry.md',
    part: retry(),
    makers: [
      ['', retry],
      ['backoff.', (options) => retry({ backoff: options })],
      ['budget.', (options) => retry({ budget: options })],
    ],
  },
  { page: 'docs/policies/timeout.md', part: timeout({ durationMs: 1 }), makers: [['', timeout]] },
  {
    page: 'docs/policies/circuit-breaker.md',
    part: circuitBreaker(),
    makers: [
      ['', circuitBreaker],
      ['window.', (options: object) => circuitBreaker({ window: { type: 'time', ...options } })],
      ['window.', (options: object) => circuitBreaker({ window: { type: 'count', ...options } })],
      ['burst.', (options) => circuitBreaker({ burst: options })],
      ['proportional.', (options) => circuitBreaker({ proportional: options })],
      ['shared.', (options) => circuitBreaker({ shared: options })],
      ['shared.quorum.', (options) => circuitBreaker({ shared: { quorum: options } })],
    ],
  },
  {
    page: 'docs/policies/bulkhead.md',
    part: bulkhead(),
    makers: [
      ['', bulkhead],
      ['limit.', (options) => bulkhead({ limit: options })],
      ['queue.', (options) => bulkhead({ queue: options })],
      ['reserved.', (options) => bulkhead({ reserved: options, priority: () => 0 })],
      ['shared.', (options) => bulkhead({ shared: options })],
    ],
  },
  {
    page: 'docs/policies/rate-limit.md',
    part: rateLimit({ limit: 7 }),
    makers: [
      ['', rateLimit],
      ['warmUp.', (options) => rateLimit({ limit: 7, warmUp: options })],
      ['shared.', (options) => rateLimit({ limit: 7, shared: options })],
    ],
  },
  {
    page: 'docs/policies/hedge.md',
    part: hedge(),
    makers: [
      ['', hedge],
      ['delayMs.', (options) => hedge({ delayMs: options })],
    ],
  },
  { page: 'docs/policies/fallback.md', part: fallback({ value: undefined }), makers: [['', fallback]] },
  {
    page: 'docs/policies/endpoints.md',
    part: endpoints({ primary: [], healthCheck: { check: () => true } }),
    makers: [
      ['', endpoints],
      ['ejection.', (options) => endpoints({ primary: [], ejection: options })],
      ['ejection.successRate.', (successRate) => endpoints({ primary: [], ejection: { successRate } })],
      ['ejection.failureRatio.', (failureRatio) => endpoints({ primary: [], ejection: { failureRatio } })],
      ['ejection.latency.', (latency) => endpoints({ primary: [], ejection: { latency } })],
      ['shared.', (shared) => endpoints({ primary: [], shared })],
      ['subset.', (options: object) => endpoints({ primary: [], subset: { key: 'a', size: 1, ...options } })],
      [
        'healthCheck.',
        (options: object) => endpoints({ primary: [], healthCheck: { check: () => true, ...options } }),
      ],
    ],
  },
  {
    page: 'docs/policies/single-flight.md',
    part: singleFlight(),
    makers: [
      ['', singleFlight],
      ['stale.', (options) => singleFlight({ stale: options })],
    ],
  },
  { page: 'docs/policies/hot-key-limit.md', part: hotKeyLimit(), makers: [['', hotKeyLimit]] },
  { page: 'docs/load-shedding.md', part: loadShedding(), makers: [['', loadShedding]] },
  { page: 'docs/fair-share.md', part: fairShare({ limit: 7 }), makers: [['', fairShare]] },
  { page: 'docs/keyed.md', part: keyed(() => []), makers: [['', (options) => keyed(() => [], options)]] },
]

/** What the part says is wrong with `options`; empty where nothing is. */
function complaint(make: (options: never) => unknown, options: object): string {
  try {
    make(options as never)
    return ''
  } catch (error) {
    return error instanceof HoldfastConfigError ? error.message : String(error)
  }
}

/** The names in the complaint about one that is unheard of. */
function optionsOf(make: (options: never) => unknown): readonly string[] {
  return (complaint(make, { unheardOf: 1 }).split('known are ')[1] ?? '').split(', ')
}

/** The options that are known, with what is demanded of each in its own words. */
function demandsOf(makers: Documented['makers']): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const [prefix, make] of makers) {
    for (const option of optionsOf(make)) {
      const said = /must be (.*), not Symbol/.exec(complaint(make, { [option]: Symbol('odd') }))
      all.set(prefix + option, said?.[1] ?? 'anything')
    }
  }
  return all
}

function described(part: Part, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, step) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined,
      part.describe?.(),
    )
}

describe('the table of options', () => {
  it.each(documented)(
    'of $page lists what the part knows, and says what each must be in its words',
    (entry) => {
      const rows = rowsUnder(textOf(entry.page), 'option')
      const written = rows.map(([option = '', , demand = '']) => [codesIn(option)[0], demand])
      expect(Object.fromEntries(written)).toEqual(Object.fromEntries(demandsOf(entry.makers)))
    },
  )

  it.each(documented)('of $page gives the defaults that the part describes', ({ page, part }) => {
    const wrong = rowsUnder(textOf(page), 'option').flatMap(([option = '', standard = '']) => {
      const value = described(part, codesIn(option)[0] ?? '')
      const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
      if (!isPlain || standard === 'required' || standard.startsWith('the limit')) return []
      return codesIn(standard)[0]?.replaceAll('_', '') === String(value) ? [] : [`${option} is ${value}`]
    })
    expect(wrong).toEqual([])
  })
})

it('the table of options of a wrapped client lists what wrap knows', () => {
  const rows = rowsUnder(textOf('docs/wrap.md'), 'option')
  const written = rows.flatMap(([option = '']) => codesIn(option))
  const known = optionsOf((options: object) => wrap({}, options as WrapOptions<object>))
  expect(written.toSorted()).toEqual(known.toSorted())
})

it('the table of options of docs/outbound.md lists what a client knows', () => {
  const written = rowsUnder(textOf('docs/outbound.md'), 'option').flatMap(([option = '']) => codesIn(option))
  expect(written.toSorted()).toEqual(optionsOf(outbound).toSorted())
})

it('the tables of options of @holdfast/redis list what a store and a share know', () => {
  const known = [redisStore, (options: ShareOptions) => share(memoryServer().connect(), options)]
  const rows = rowsUnder(textOf('packages/redis/README.md'), 'option')
  const written = rows.flatMap(([option = '']) => codesIn(option))
  expect(written.toSorted()).toEqual(known.flatMap(optionsOf).toSorted())
})

it('the table of options of lifecycle lists what it knows, and says what each must be in its words', () => {
  const make = (options: LifecycleOptions): unknown => lifecycle(createServer(), options)
  const status = (options: StatusOptions): unknown => make({ status: options })
  const known = demandsOf([
    ['', make],
    ['status.', status],
  ])
  const rows = rowsUnder(textOf('docs/lifecycle.md'), 'option')
  const written = rows.map(([option = '', , demand = '']) => [codesIn(option)[0], demand])
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(known))
})

it('the table of options of docs/faults.md lists what faults know, and says what each must be in its words', () => {
  const start = (fault: object): unknown => {
    const faults = faultInjection()
    pipeline('test', [faults])
    return faults.start(fault as Fault)
  }
  const known = demandsOf([
    ['', (options: object) => start({ kind: 'latency', ms: 1, ...options })],
    ['', (options: object) => start({ kind: 'failure', ...options })],
    ['', (options: object) => start({ kind: 'corruption', ...options })],
    ['when.', (when: Schedule) => start({ kind: 'hang', when })],
  ])
  const rows = rowsUnder(textOf('docs/faults.md'), 'option')
  const written = rows.map(([option = '', , demand = '']) => [codesIn(option)[0], demand])
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(known))
})

it('the table of options of a door lists what it knows', () => {
  const rows = rowsUnder(textOf('docs/http.md'), 'option')
  const known = optionsOf((options) => inbound('door', [bulkhead()], () => {}, options))
  expect(rows.flatMap(([option = '']) => codesIn(option)).toSorted()).toEqual(known.toSorted())
})

describe('the tables of events', () => {
  it('list every event with its fields', () => {
    const declared = sources.flatMap((text) =>
      [...text.matchAll(/readonly type: '([a-z-]+\.[a-z-]+)'([^}]*)\}/g)].map(([, type = '', body = '']) => {
        const fields = [...body.matchAll(/readonly (\w+):/g)].map(([, field = '']) => field)
        return `${type}: ${fields.filter((field) => field !== 'policy').join(', ')}`
      }),
    )
    const written = pages
      .flatMap((page) => rowsUnder(textOf(page), 'event'))
      .map(([type = '', fields = '']) => `${codesIn(type)[0]}: ${codesIn(fields).join(', ')}`)
    expect(written.sort()).toEqual(declared.sort())
  })
})

describe('the table of errors', () => {
  it('lists every code', () => {
    const declared = sources.flatMap((text) =>
      [...text.matchAll(/readonly code(?:: string)? = '(ERR_\w+)'/g)].map(([, code = '']) => code),
    )
    const written = rowsUnder(textOf('docs/concepts.md'), 'code').map(([code = '']) => codesIn(code)[0])
    expect(written.sort()).toEqual(declared.sort())
  })
})
