import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../packages/cli/src/exit.ts'
import { codesIn, rowsUnder, textOf } from '../docs/pages.ts'
import { Desk } from './desk.ts'

const readme = textOf('packages/cli/README.md')

/** The options that the help of a command names. */
async function optionsOf(command: string): Promise<readonly string[]> {
  const desk = new Desk()
  await desk.run(command, '--help')
  return [...desk.printed().matchAll(/^ {2}(--[a-z]+(?: [A-Z:=]+)?) /gm)].map(([, option = '']) => option)
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
  expect(commands).toEqual(['status', 'open', 'close', 'shadow', 'clear', 'audit', 'watch', 'simulate'])
  const known = new Set((await Promise.all(commands.map(optionsOf))).flat())
  const documented = rowsUnder(readme, 'option').flatMap(([first = '']) => codesIn(first))
  expect(documented.toSorted()).toEqual([...known].toSorted())
})

describe('docs/simulating.md', () => {
  const page = textOf('docs/simulating.md')
  const blocks = (language: string): readonly string[] =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)
  const files = { 'outage.json': blocks('json')[0] ?? '' }
  const [shown = '', complaint = ''] = blocks('text')

  it('shows what its scenario gives', async () => {
    const desk = new Desk({ files })
    expect(await desk.run('simulate', 'outage.json')).toBe(0)
    const printed = desk.printed().split('\n')
    expect(shown.split('\n').filter((line) => !printed.includes(line))).toEqual([])
  })

  it('shows what is said of a mistake', async () => {
    const desk = new Desk({ files })
    await desk.run('simulate', 'outage.json', '--set', 'clients.web.load.perSecond=many')
    expect(desk.complaints).toEqual([complaint.trimEnd()])
  })
})
