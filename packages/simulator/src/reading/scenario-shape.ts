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
import { flag, integer, ms, name, number, positiveMs, ratio, text } from './values.ts'

/** Of everything in `Type`, and nothing else. */
type Fields<Type> = { readonly [Field in keyof Type]-?: z.ZodType<Type[Field]> }

/** Core says what is wrong with one, once it is known which kind it is. */
const part = z.looseObject({ kind: text }).meta({ id: 'Part' }) as z.ZodType<PartConfig>

const pipeline = z.union([z.literal('standard').transform(() => standard), z.array(part)], {
  error: 'an array of parts, outermost first, or "standard"',
})

const waitingLine = z
  .strictObject({
    order: z.enum(['fifo', 'lifo']).exactOptional(),
    size: integer(0).exactOptional(),
    maximumWaitMs: ms.exactOptional(),
  } satisfies Fields<WaitingLine>)
  .meta({ id: 'WaitingLine' })

const cold = z
  .strictObject({ factor: number(1), durationMs: positiveMs } satisfies Fields<Cold>)
  .meta({ id: 'Cold' })

const route = {
  to: name,
  routing: z.enum(['random', 'round-robin', 'key']).exactOptional(),
  pipeline: pipeline.exactOptional(),
} satisfies Fields<Route>

const dependency = z
  .strictObject({
    ...route,
    ratio: ratio.exactOptional(),
    optional: flag.exactOptional(),
  } satisfies Fields<Dependency>)
  .meta({ id: 'Dependency' })

const service: z.ZodType<Service> = z
  .strictObject({
    replicas: integer(1, 1_000).exactOptional(),
    workers: integer(1).exactOptional(),
    serviceMs: distribution,
    queue: waitingLine.exactOptional(),
    noticesDeparture: flag.exactOptional(),
    cold: cold.exactOptional(),
    guards: z.array(part).exactOptional(),
    calls: z.array(dependency).exactOptional(),
  } satisfies Fields<Service>)
  .meta({ id: 'Service' })

const perSecond = number(0, 1_000_000)

const loadStep = z
  .strictObject({ fromMs: ms, perSecond, rampMs: ms.exactOptional() } satisfies Fields<LoadStep>)
  .meta({ id: 'LoadStep' })

const openLoad = z
  .strictObject({
    kind: z.literal('open'),
    perSecond: z.union([perSecond, z.array(loadStep).min(1)], {
      error: 'a number from 0 to 1000000, or an array of steps',
    }),
    arrivals: z.enum(['poisson', 'regular']).exactOptional(),
  } satisfies Fields<OpenLoad>)
  .meta({ id: 'OpenLoad' })

const closedLoad = z
  .strictObject({
    kind: z.literal('closed'),
    callers: integer(1, 100_000),
    thinkMs: distribution.exactOptional(),
  } satisfies Fields<ClosedLoad>)
  .meta({ id: 'ClosedLoad' })

const load: z.ZodType<Load> = z.discriminatedUnion('kind', [openLoad, closedLoad])

const keys = z
  .strictObject({
    count: integer(1, 1_000_000),
    exponent: number(0, 100).exactOptional(),
  } satisfies Fields<Keys>)
  .meta({ id: 'Keys' })

const cache = z.strictObject({ ttlMs: positiveMs } satisfies Fields<Cache>).meta({ id: 'Cache' })

const client: z.ZodType<Client> = z
  .strictObject({
    ...route,
    instances: integer(1, 1_000).exactOptional(),
    load,
    keys: keys.exactOptional(),
    shared: flag.exactOptional(),
    patienceMs: positiveMs.exactOptional(),
    goodWithinMs: positiveMs.exactOptional(),
    cache: cache.exactOptional(),
  } satisfies Fields<Client>)
  .meta({ id: 'Client' })

const network = z
  .strictObject({
    delayMs: distribution.exactOptional(),
    lossRatio: ratio.exactOptional(),
  } satisfies Fields<Network>)
  .meta({ id: 'Network' })

/** What can be said of a scenario part by part. */
export const scenario: z.ZodType<Scenario> = z
  .strictObject({
    name: text,
    description: text.exactOptional(),
    seed: integer(0).exactOptional(),
    durationMs: positiveMs,
    warmUpMs: ms.exactOptional(),
    services: z.record(name, service),
    clients: z.record(name, client),
    network: network.exactOptional(),
    store: network.exactOptional(),
    injections: z.array(injection).exactOptional(),
  } satisfies Fields<Scenario>)
  .meta({ id: 'Scenario' })
