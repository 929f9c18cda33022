import type { Distribution } from '@holdfast/faults'
import * as z from 'zod'
import { ms, number, positiveMs, ratio } from './values.ts'

const shape = number(0.001, 1_000_000)

const uniform = z
  .strictObject({ kind: z.literal('uniform'), leastMs: ms, mostMs: ms })
  .refine(({ leastMs, mostMs }) => leastMs <= mostMs, { path: ['mostMs'], error: 'at least leastMs' })

const mixture = z.strictObject({
  kind: z.literal('mixture'),
  of: z
    .array(z.strictObject({ ratio, ms: z.lazy(() => distribution) }))
    .min(1, 'an array that is not empty')
    .refine(
      (parts) => Math.abs(parts.reduce((sum, part) => sum + part.ratio, 0) - 1) < 1e-9,
      'parts whose ratios add up to 1',
    ),
})

const drawn = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exponential'), meanMs: ms }),
  uniform,
  z.strictObject({ kind: z.literal('normal'), meanMs: ms, deviationMs: ms }),
  z.strictObject({ kind: z.literal('lognormal'), medianMs: ms, sigma: number(0, 50) }),
  z.strictObject({ kind: z.literal('gamma'), meanMs: ms, shape }),
  z.strictObject({ kind: z.literal('pareto'), leastMs: positiveMs, shape }),
  mixture,
])

export const distribution: z.ZodType<Distribution> = z
  .union([ms, drawn], { error: 'a number of milliseconds of at least 0, or an object with a kind' })
  .meta({ id: 'Distribution' })
