import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { codesIn, rowsUnder, textOf } from '../docs/pages.ts'

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
}

const folder = join(root, 'examples')
const listed = rowsUnder(textOf('examples/README.md'), 'example').map(([link = '', command = '']) => {
  return { name: /\[(.+)\]/.exec(link)?.[1] ?? '', command: codesIn(command)[0] ?? '' }
})

function scriptsIn(directory: string): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest).scripts ?? {}
}

it('every example is in the list, with a command that there is', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(listed.map(({ name }) => name).toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
  const wrong = listed.filter(({ name, command }) => {
    const [, filtered, script = ''] = /^npx -y pnpm@[\d.]+ (?:--filter (\S+) )?(\S+)/.exec(command) ?? []
    return filtered === undefined
      ? !Object.hasOwn(scriptsIn(root), script)
      : filtered !== name || !Object.hasOwn(scriptsIn(join(folder, name)), script)
  })
  expect(wrong).toEqual([])
})

/** What each prints, in order. Figures that a busy machine changes are left to the example's own test. */
const prints: Readonly<Record<string, readonly RegExp[]>> = {
  'plain-calls': [/^healthy +40 /, /^hangs +40 +0 +40 /, /^ {4}circuit\.open \d+x/, /^healthy +40 /],
  'keyed-tenants': [/^in common/, /^ {2}quiet +100 /, /^for each tenant/, /^ {2}quiet +100 +100 +0 +0 /],
  'hedged-reads': [/^plain .* 600 +0$/, /^hedged .* 6\d\d +\d+$/],
  'express-service': [/^bare +500 /, /^with Holdfast +500 +\d+ +\d+ +[1-9]\d* /],
  'fastify-service': [
    /^GET \/stock, the warehouse hangs +504 +1 +1$/,
    /^GET \/stock, the client leaves +gone +1 +1$/,
    /^3 x POST \/orders +200 200 429 +0 +0$/,
  ],
  'undici-stock': [/^well +[1-9]\d* +\d+ +0 /, /^silent +0 +20 +0 /, /^well +\d+ +\d+ +0 /],
  'axios-orders': [
    /^a read +busy, breaks +GET, GET, GET$/,
    /^an order with a key +breaks +POST "1", POST "1"$/,
    /ERR_CIRCUIT_OPEN/,
  ],
  wrap: [
    /^get, and the connection is lost +1$/,
    /^incr, .* is lost +\w+Error: /,
    /^get, and Redis is back +2$/,
  ],
}

it.concurrent.for(Object.entries(prints))(
  '%s tells its story, and ends',
  async ([name, lines], { onTestFinished }) => {
    const main = join(folder, name, scriptsIn(join(folder, name))['start']?.replace('node ', '') ?? '')
    const program = spawn(process.execPath, [main])
    onTestFinished(() => void program.kill('SIGKILL'))
    const ended = once(program, 'exit')
    const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr), ended])
    expect([program.exitCode, stderr]).toEqual([0, ''])
    const printed = stdout.split('\n')
    let from = 0
    for (const line of lines) {
      const at = printed.findIndex((each, index) => index >= from && line.test(each))
      expect(at, `${line} in ${stdout}`).toBeGreaterThanOrEqual(from)
      from = at + 1
    }
  },
)
