import { HoldfastConfigError } from '@holdfast/core'
import type { Store } from '@holdfast/core'
import type { RedisStoreOptions } from '@holdfast/redis'
import { audit } from './audit.ts'
import { clear } from './clear.ts'
import type { Command, FleetCommand, Workplace } from './command.ts'
import { connectionFlags, storeOptionsFrom, timeoutFrom } from './connection.ts'
import { CommandError, exitCodes, usageError } from './exit.ts'
import type { ExitCode } from './exit.ts'
import { givenIn } from './flags.ts'
import type { Given } from './flags.ts'
import { close, open, shadow } from './force.ts'
import { commonFlags, generalHelp, helpOf } from './help.ts'
import { nearest } from './nearest.ts'
import { Operator } from './operator.ts'
import { paintFor } from './paint.ts'
import { simulate } from './simulate/simulate.ts'
import { status } from './status.ts'
import type { Surroundings } from './surroundings.ts'
import { watch } from './watch.ts'

const commands: readonly Command[] = [status, open, close, shadow, clear, audit, watch, simulate]

/** Does what the arguments say. Resolves to the exit code. */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const [first = '', ...rest] = args
  if (first === '--help' || first === 'help') {
    around.out.write(generalHelp(commands))
    return exitCodes.done
  }
  const command = commands.find(({ name }) => name === first)
  try {
    if (command === undefined) throw unknownCommand(first)
    await perform(command, rest, around)
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    around.complain(`holdfast${command === undefined ? '' : ` ${command.name}`}: ${error.message}`)
    const { hint = error.exitCode === exitCodes.usage ? usageHint(command) : undefined } = error
    if (hint !== undefined && hint !== '') around.complain(`  ${hint}`)
    return error.exitCode
  }
}

async function perform(command: Command, args: readonly string[], around: Surroundings): Promise<void> {
  const elsewhere = command.kind === 'fleet' ? connectionFlags : {}
  const given = givenIn(args, { ...command.flags, ...commonFlags, ...elsewhere })
  if (given.has('help')) return around.out.write(helpOf(command))
  checkNames(command, given)
  const place = { around, paint: paintFor(around), json: given.has('json') }
  if (command.kind === 'local') return command.plan(given, around)(place)
  await performAtFleet(command, given, place)
}

async function performAtFleet(command: FleetCommand, given: Given, place: Workplace): Promise<void> {
  const { around } = place
  const work = command.plan(given, around)
  const store = storeFor(storeOptionsFrom(given, around), around)
  const operator = await Operator.connect(store, around.clock, timeoutFrom(given))
  try {
    await work({ operator, ...place })
  } finally {
    await operator.close()
  }
}

function checkNames({ kind, names: [least, most, what] }: Command, { names }: Given): void {
  if (kind === 'fleet' && names.some((name) => /^rediss?:/i.test(name))) {
    throw usageError('a URL is given by --url')
  }
  if (names.some((name) => name === '' || name.length > 1_000)) {
    throw usageError(`${what} must have 1 to 1000 characters`)
  }
  if (names.length < least) throw usageError(`${what} is missing`)
  if (names.length > most)
    throw usageError(most === 0 ? `no ${what} is taken` : `one ${what} is taken, not more`)
}

function storeFor(options: RedisStoreOptions, around: Surroundings): Store {
  try {
    return around.connect(options)
  } catch (error) {
    if (!(error instanceof HoldfastConfigError)) throw error
    throw usageError(error.message.replace(/^redis: /, ''))
  }
}

function unknownCommand(given: string): CommandError {
  if (given === '') return usageError('a command is missing')
  const [near] = nearest(
    given,
    commands.map(({ name }) => name),
  )
  const hint = near === undefined ? undefined : `did you mean holdfast ${near}?`
  return usageError('there is no such command', hint)
}

function usageHint(command: Command | undefined): string {
  return command === undefined ? 'see holdfast --help' : `see holdfast ${command.name} --help`
}
