import { expect, it } from 'vitest'
import { exitCodes } from '../../packages/cli/src/exit.ts'
import { codesIn, rowsUnder, textOf } from '../docs/pages.ts'
import { Desk } from './desk.ts'

const readme = textOf('packages/cli/README.md')

/** The options that the help of a command names. */
async function optionsOf(command: string): Promise<readonly string[]> {
  const desk = new Desk()
  await desk.run(command, '--help')
  return [...desk.printed().matchAll(/^ {2}(--[a-z]+(?: [A-Z:]+)?) /gm)].map(([, option = '']) => option)
}

it('the exit codes of the README are those of the program', () => {
  const rows = rowsUnder(readme, 'code').map(([code, name = '']) => [codesIn(name)[0], Number(code)])
  expect(Object.fromEntries(rows)).toEqual(exitCodes)
})

it('the options of the README are those of the commands', async () => {
  const commands = rowsUnder(readme, 'command')
    .flatMap(([first = '']) => codesIn(first))
    .filter((code) => code.startsWith('holdfast '))
    .map((code) => code.split(' ')[1] ?? '')
  expect(commands).toEqual(['status', 'open', 'close', 'shadow', 'clear', 'audit', 'watch'])
  const known = new Set((await Promise.all(commands.map(optionsOf))).flat())
  const documented = rowsUnder(readme, 'option').flatMap(([first = '']) => codesIn(first))
  expect(documented.toSorted()).toEqual([...known].toSorted())
})
