import * as z from 'zod'

/** What a service or client is called: replicas and instances are numbered after it, and paths are written with it. */
export const name: z.ZodType<string> = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
  'a name of at most 64 letters, digits, - and _ that begins with a letter or digit',
)

export const text: z.ZodType<string> = matching(/\S/, 'a text that is not empty')

export const flag: z.ZodType<boolean> = z.boolean({ error: 'true or false' })

export const ratio: z.ZodType<number> = number(0, 1)

/** May be left out, or be undefined, which is the same; the types of a scenario do not write that. */
export function optional<Value>(schema: z.ZodType<Value>): z.ZodExactOptional<z.ZodType<Value>> {
  return schema.optional() as unknown as z.ZodExactOptional<z.ZodType<Value>>
}

/** A duration, or a moment. */
export const ms: z.ZodType<number> = z
  .number({ error: 'a number of milliseconds of at least 0' })
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)

export const positiveMs: z.ZodType<number> = above0(
  'a number of milliseconds above 0',
  Number.MAX_SAFE_INTEGER,
)

/** How long a scenario may last: there is a record of every second. */
export const weekMs: z.ZodType<number> = above0(
  'a number of milliseconds above 0, a week at most',
  604_800_000,
)

export function number(least: number, most?: number): z.ZodType<number> {
  return bounded((error) => z.number({ error }), 'a number', least, most)
}

export function integer(least: number, most?: number): z.ZodType<number> {
  return bounded((error) => z.int({ error }), 'an integer', least, most)
}

function bounded(
  make: (error: string) => z.ZodNumber,
  noun: string,
  least: number,
  most: number | undefined,
): z.ZodType<number> {
  const error = `${noun} ${most === undefined ? `of at least ${least}` : `from ${least} to ${most}`}`
  return make(error)
    .min(least, error)
    .max(most ?? Number.MAX_SAFE_INTEGER, error)
}

function above0(error: string, most: number): z.ZodType<number> {
  return z.number({ error }).positive().max(most)
}

function matching(pattern: RegExp, error: string): z.ZodType<string> {
  return z.string({ error }).regex(pattern, error)
}
