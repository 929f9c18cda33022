import type { Command } from './command.ts'
import { connectionFlags } from './connection.ts'
import { exitCodes } from './exit.ts'
import type { Flags } from './flags.ts'

/** What every command takes besides where the server is. */
export const commonFlags: Flags = {
  json: { type: 'boolean', help: 'print JSON, for programs' },
  help: { type: 'boolean', help: 'show this' },
}

const environment = [
  ['HOLDFAST_REDIS_URL, REDIS_URL', 'as --url, where no other server is named'],
  ['HOLDFAST_REDIS_USERNAME, HOLDFAST_REDIS_PASSWORD', 'credentials, where the URL has none'],
  ['HOLDFAST_SENTINEL_USERNAME, HOLDFAST_SENTINEL_PASSWORD', 'those of the sentinels'],
  ['NO_COLOR', 'no colours on a terminal either'],
] as const

const endings = [
  [String(exitCodes.done), 'done'],
  [String(exitCodes.failed), 'the server refused, or could not be reached; a file could not be written'],
  [String(exitCodes.usage), 'what was typed makes no sense, or what a file says'],
  [String(exitCodes.unknownName), 'no circuit of that name'],
] as const

export function generalHelp(commands: readonly Command[]): string {
  return sections([
    [
      'holdfast COMMAND [OPTIONS]',
      'Shows what the instances of a service share through Redis, and forces circuits; plays scenarios.',
    ],
    ['Commands', columns(commands.map(({ name, summary }) => [name, summary]))],
    ['Help', 'holdfast COMMAND --help'],
    ['Exit codes', columns(endings)],
  ])
}

export function helpOf({ kind, name, usage, summary, details, flags }: Command): string {
  const head = ['holdfast', name, usage, '[OPTIONS]'].filter((word) => word !== '').join(' ')
  const named =
    usage.includes('NAME') &&
    'NAME is that of a circuit, such as inventory/circuit-breaker; a name without a slash is its pipeline.'
  return sections([
    [head, [`${summary[0]?.toUpperCase()}${summary.slice(1)}.`, details, named].filter(Boolean).join('\n')],
    ['Options', columns(rowsOf({ ...flags, ...commonFlags }))],
    ...(kind === 'fleet'
      ? ([
          ['Where the server is', columns(rowsOf(connectionFlags))],
          ['Environment', columns(environment)],
        ] as const)
      : []),
    ['Exit codes', columns(endings)],
  ])
}

function rowsOf(flags: Flags): readonly (readonly [string, string])[] {
  return Object.entries(flags).map(([name, { value, help }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    help,
  ])
}

function sections(parts: readonly (readonly [heading: string, text: string])[]): string {
  return parts.map(([heading, text]) => `${heading}\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`).join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`).join('\n')
}
