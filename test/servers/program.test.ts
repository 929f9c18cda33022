import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { onPath } from './program.ts'

const run = promisify(execFile)

/** A machine whose path is one folder, with an apt-get that does what it is told here, and these programs of ours. */
class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-machine-'))

  constructor(aptGet?: string) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    if (aptGet !== undefined) this.add('apt-get', aptGet)
  }

  add(name: string, script: string): void {
    writeFileSync(join(this.folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  async link(...names: readonly string[]): Promise<void> {
    for (const name of names) symlinkSync((await onPath(name)) ?? name, join(this.folder, name))
  }

  /** What a new process finds there; user 0 is root. */
  async finds(name: string, user: number): Promise<string> {
    const file = new URL('./program.ts', import.meta.url)
    const script = `process.getuid = () => ${user}
      const { program } = await import(${JSON.stringify(file)})
      console.log(await program('${name}').catch(({ message }) => message))`
    const env = { PATH: this.folder, TMPDIR: this.folder }
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env })
    return stdout.trim()
  }
}

const install = `echo "$@" >> "$TMPDIR/asked"
if [ "$1" = install ]; then sleep 0.3; ln -s /bin/true "$TMPDIR/redis-server"; fi`

it('takes the program that is on the path, and installs nothing', async () => {
  const machine = new Machine('touch "$TMPDIR/asked"')
  machine.add('redis-server', '')
  await machine.link('sh', 'flock')
  expect(await machine.finds('redis-server', 0)).toBe(join(machine.folder, 'redis-server'))
  expect(existsSync(join(machine.folder, 'asked'))).toBe(false)
})

it.runIf(process.platform === 'linux')(
  'installs a missing one once, though several processes ask',
  async () => {
    const machine = new Machine(install)
    await machine.link('sh', 'flock', 'sleep', 'ln')
    const asking = [1, 2, 3].map(() => machine.finds('redis-server', 0))
    const path = join(machine.folder, 'redis-server')
    expect(await Promise.all(asking)).toEqual([path, path, path])
    expect(readFileSync(join(machine.folder, 'asked'), 'utf8')).toBe(
      'update\ninstall -y --no-install-recommends redis-server\n',
    )
  },
)

it('says what to install where it may not install', async () => {
  const machine = new Machine(install)
  await machine.link('sh', 'flock')
  for (const [name, debian, mac] of [
    ['redis-server', 'apt-get install redis-server', 'brew install redis'],
    ['openssl', 'apt-get install openssl', 'brew install openssl'],
  ] as const) {
    const said = await machine.finds(name, 1_000)
    expect(said).toContain(`"${debian}"`)
    expect(said).toContain(`"${mac}"`)
  }
  expect(existsSync(join(machine.folder, 'asked'))).toBe(false)
  expect(await new Machine().finds('redis-server', 0), 'root without apt-get').toContain('brew install redis')
})

it('says so when installing fails', async () => {
  const machine = new Machine('echo "no such package" >&2; exit 100')
  await machine.link('sh', 'flock')
  const said = await machine.finds('redis-server', 0)
  expect(said).toContain('"apt-get install redis-server"')
  expect(said).toContain('Installing it failed: no such package')
})
