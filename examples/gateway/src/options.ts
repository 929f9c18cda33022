import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly json: boolean
  readonly seconds: number
  readonly seed: number
  /** Where the gateways share their circuits; undefined unless they are to. Empty: in a server that the demo starts. */
  readonly redisUrl: string | undefined
}

export const usage = `Two gateways under the same load and the same faults, one bare and one with Holdfast.

  demo [--seconds N] [--seed N] [--json]
  demo --share [--json]

  --share      three gateways instead that share their circuits through Redis: the one that REDIS_URL names, which
               alone asks for it too, or one that is started for the demo
  --seconds N  how long the whole schedule takes, from 3.5 to 600; 35 unless given
  --seed N     which of the primary's answers are errors; 1 unless given
  --json       only the table, as one line of JSON
  --help       this text

Ends with 0 if every goal is met, with 1 if one is missed, with 2 if it cannot be run.
`

/** What the command line asks for; undefined for help. Throws a TypeError that says what is wrong. */
export function optionsFrom(
  args: readonly string[],
  { REDIS_URL: redisUrl }: Readonly<Record<string, string | undefined>> = {},
): DemoOptions | undefined {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      share: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '35' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
    // pnpm hands its own separator on.
    args: args.filter((argument) => argument !== '--'),
  })
  if (values.help) return undefined
  const seconds = Number(values.seconds)
  if (!(seconds >= 3.5 && seconds <= 600)) {
    throw new TypeError(`--seconds must be a number from 3.5 to 600, not '${values.seconds}'`)
  }
  const seed = Number(values.seed)
  if (values.seed === '' || !Number.isInteger(seed)) {
    throw new TypeError(`--seed must be an integer, not '${values.seed}'`)
  }
  return { json: values.json, seconds, seed, redisUrl: redisUrl ?? (values.share ? '' : undefined) }
}
