import * as z from 'zod'
import type { Injection } from '../injection.ts'
import { distribution } from './distribution-shape.ts'
import { integer, ms, name, number, optional, positiveMs, ratio, text } from './values.ts'

const moment = { id: optional(text), fromMs: ms }
const span = {
  ...moment,
  toMs: optional(positiveMs),
  flapping: optional(z.strictObject({ onMs: positiveMs, offMs: positiveMs })),
}
const service = { ...span, target: name }
const network = { ...span, client: name, target: name }
const client = { ...span, client: name }

const kinds = {
  down: z.strictObject({ kind: z.literal('down'), ...service }),
  hang: z.strictObject({ kind: z.literal('hang'), ...service }),
  slow: z.strictObject({
    kind: z.literal('slow'),
    ...service,
    factor: optional(number(0)),
    addMs: optional(distribution),
  }),
  errors: z.strictObject({
    kind: z.literal('errors'),
    ...service,
    ratio,
    serviceMs: optional(distribution),
  }),
  capacity: z.strictObject({ kind: z.literal('capacity'), ...service, workers: integer(0) }),
  partition: z.strictObject({ kind: z.literal('partition'), ...network }),
  network: z.strictObject({
    kind: z.literal('network'),
    ...network,
    delayMs: optional(distribution),
    lossRatio: optional(ratio),
  }),
  sick: z.strictObject({ kind: z.literal('sick'), ...client, ratio }),
  load: z.strictObject({ kind: z.literal('load'), ...client, times: number(0, 1_000) }),
  'hot-key': z.strictObject({ kind: z.literal('hot-key'), ...client, key: text, times: number(1) }),
  'cache-flush': z.strictObject({ kind: z.literal('cache-flush'), ...moment, client: name }),
  'store-down': z.strictObject({ kind: z.literal('store-down'), ...span }),
  'store-slow': z.strictObject({ kind: z.literal('store-slow'), ...span, addMs: distribution }),
  'store-flush': z.strictObject({ kind: z.literal('store-flush'), ...moment }),
} satisfies Record<Injection['kind'], z.ZodType>

type Kind = (typeof kinds)[keyof typeof kinds]

export const injection: z.ZodType<Injection> = z
  // There is at least one.
  .discriminatedUnion('kind', Object.values(kinds) as [Kind, ...Kind[]])
  .meta({ id: 'Injection' })
