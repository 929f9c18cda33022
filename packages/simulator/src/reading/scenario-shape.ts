import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import * as z from 'zod'
import type {
  Cache,
  Client,
  ClosedLoad,
  Cold,
  Dependency,
  Keys,
  Load,
  LoadStep,
  Network,
  OpenLoad,
  Route,
  Scenario,
  Service,
  WaitingLine,
} from '../scenario.ts'
import { distribution } from './distribution-shape.ts'
import { injection } from './injection-shape.ts'
import { flag, integer, ms, name, number, optional, positiveMs, ratio, text, weekMs } from './values.ts'

/** Of everything in `Type`, and nothing else. */
type Fields<Type> = { readonly [Field in keyof Type]-?: z.ZodType<Type[Field]> }

/** Core says what is wrong with one, once it is known which kind it is. */
const part = z.looseObject({ kind: text }).meta({ id: 'Part' }) as z.ZodType<PartConfig>

const pipeline = z.union([z.literal('standard').transform(() => standard), z.array(part)], {
  error: 'an array of parts, outermost first, or "standard"',
})

const waitingLine = z
  .strictObject({
    order: optional(z.enum(['fifo', 'lifo'])),
    size: optional(integer(0)),
    maximumWaitMs: optional(ms),
  } satisfies Fields<WaitingLine>)
  .meta({ id: 'WaitingLine' })

const cold = z
  .strictObject({ factor: number(1), durationMs: positiveMs } satisfies Fields<Cold>)
  .meta({ id: 'Cold' })

const route = {
  to: name,
  routing: optional(z.enum(['random', 'round-robin', 'key'])),
  pipeline: optional(pipeline),
} satisfies Fields<Route>

const dependency = z
  .strictObject({
    ...route,
    ratio: optional(ratio),
    optional: optional(flag),
  } satisfies Fields<Dependency>)
  .meta({ id: 'Dependency' })

const service: z.ZodType<Service> = z
  .strictObject({
    replicas: optional(integer(1, 1_000)),
    workers: optional(integer(1)),
    serviceMs: distribution,
    queue: optional(waitingLine),
    noticesDeparture: optional(flag),
    cold: optional(cold),
    guards: optional(z.array(part)),
    calls: optional(z.array(dependency)),
  } satisfies Fields<Service>)
  .meta({ id: 'Service' })

const perSecond = number(0, 1_000_000)

const loadStep = z
  .strictObject({ fromMs: ms, perSecond, rampMs: optional(ms) } satisfies Fields<LoadStep>)
  .meta({ id: 'LoadStep' })

const openLoad = z
  .strictObject({
    kind: z.literal('open'),
    perSecond: z.union([perSecond, z.array(loadStep).min(1)], {
      error: 'a number from 0 to 1000000, or an array of steps',
    }),
    arrivals: optional(z.enum(['poisson', 'regular'])),
  } satisfies Fields<OpenLoad>)
  .meta({ id: 'OpenLoad' })

const closedLoad = z
  .strictObject({
    kind: z.literal('closed'),
    callers: integer(1, 100_000),
    thinkMs: optional(distribution),
  } satisfies Fields<ClosedLoad>)
  .meta({ id: 'ClosedLoad' })

const load: z.ZodType<Load> = z.discriminatedUnion('kind', [openLoad, closedLoad])

const keys = z
  .strictObject({
    count: integer(1, 1_000_000),
    exponent: optional(number(0, 100)),
  } satisfies Fields<Keys>)
  .meta({ id: 'Keys' })

const cache = z.strictObject({ ttlMs: positiveMs } satisfies Fields<Cache>).meta({ id: 'Cache' })

const client: z.ZodType<Client> = z
  .strictObject({
    ...route,
    instances: optional(integer(1, 1_000)),
    load,
    keys: optional(keys),
    shared: optional(flag),
    patienceMs: optional(positiveMs),
    goodWithinMs: optional(positiveMs),
    cache: optional(cache),
  } satisfies Fields<Client>)
  .meta({ id: 'Client' })

const network = z
  .strictObject({
    delayMs: optional(distribution),
    lossRatio: optional(ratio),
  } satisfies Fields<Network>)
  .meta({ id: 'Network' })

/** What can be said of a scenario part by part. */
export const scenario: z.ZodType<Scenario> = z
  .strictObject({
    name: text,
    description: optional(text),
    seed: optional(integer(0)),
    durationMs: weekMs,
    warmUpMs: optional(ms),
    services: z.record(name, service),
    clients: z.record(name, client),
    network: optional(network),
    store: optional(network),
    injections: optional(z.array(injection)),
  } satisfies Fields<Scenario>)
  .meta({ id: 'Scenario' })
