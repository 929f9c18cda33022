import { parseArgs } from 'node:util'
import { usageError } from './exit.ts'
import type { CommandError } from './exit.ts'
import { nearest } from './nearest.ts'

/** One option of a command. */
interface Flag {
  readonly type: 'string' | 'boolean'
  /** Whether it may be given several times. */
  readonly multiple?: true
  /** What stands for its value in the help. */
  readonly value?: string
  readonly help: string
}

export type Flags = Readonly<Record<string, Flag>>

/** What was given to a command. */
export class Given {
  readonly names: readonly string[]
  readonly #values: Readonly<Record<string, unknown>>

  constructor(names: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.names = names
    this.#values = values
  }

  /** The text given to an option of type string. */
  text(flag: string): string | undefined {
    const value = this.#values[flag]
    return typeof value === 'string' ? value : undefined
  }

  /** All that was given to an option that may come several times. */
  texts(flag: string): readonly string[] {
    const values = this.#values[flag]
    return Array.isArray(values) ? values.map(String) : []
  }

  /** The same of one of which several may also be given with commas between them. */
  list(flag: string): readonly string[] {
    return this.texts(flag).flatMap((text) => text.split(','))
  }

  has(flag: string): boolean {
    return this.#values[flag] !== undefined
  }
}

/** Takes the arguments of a command apart. What it refuses is said without values, which may be passwords. */
export function givenIn(args: readonly string[], flags: Flags): Given {
  const options = Object.entries(flags).map(([name, { type, multiple = false }]) => [
    name,
    { type, multiple },
  ])
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(options),
      allowPositionals: true,
    })
    return new Given(positionals, values)
  } catch (error) {
    throw refusal(error, Object.keys(flags))
  }
}

function refusal(error: unknown, known: readonly string[]): CommandError {
  const { code = '', message = '' } = error as { readonly code?: string; readonly message?: string }
  const option = /'(?:-\w, )?(--?[\w-]+)/.exec(message)?.[1] ?? 'an option'
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const [near] = nearest(
      option,
      known.map((name) => `--${name}`),
    )
    return usageError(`${option} is not known`, near && `did you mean ${near}?`)
  }
  if (/does not take an argument/.test(message)) return usageError(`${option} takes no value`)
  return usageError(`${option} needs a value`)
}
