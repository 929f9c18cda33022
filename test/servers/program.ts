import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The programs that tests start, and the Debian package that has each. A sentinel is a redis-server too. */
const debianPackage = { 'redis-server': 'redis-server', openssl: 'openssl', chromium: 'chromium' } as const

export type ProgramName = keyof typeof debianPackage

const asked = new Map<ProgramName, Promise<string>>()

/**
 * The path of a program. One that is missing is installed where that is possible: by root where apt-get is there.
 * Elsewhere rejects with an error that says what to install.
 */
export function program(name: ProgramName): Promise<string> {
  const known = asked.get(name)
  if (known !== undefined) return known
  const path = find(name)
  asked.set(name, path)
  return path
}

async function find(name: ProgramName): Promise<string> {
  const path = (await onPath(name)) ?? (await installed(name))
  if (path === undefined) throw new Error(missing(name))
  return path
}

export async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

/** `$1` is the program, `$2` its package. Lists that cannot be brought up to date may still do. */
const install = 'command -v "$1" || { apt-get update; apt-get install -y --no-install-recommends "$2"; }'

async function installed(name: ProgramName): Promise<string | undefined> {
  const mayInstall = process.getuid?.() === 0 && (await onPath('apt-get')) && (await onPath('flock'))
  if (!mayInstall) return undefined
  // Test files run in several processes. One installs, and the others find the program when it is their turn; the
  // kernel takes the lock from a process that dies.
  const lock = join(tmpdir(), 'holdfast-install.lock')
  const shell = ['sh', '-c', install, 'sh', name, debianPackage[name]]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('flock', ['--timeout', '300', lock, ...shell], { env, timeout: 600_000 })
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string } // execFile's error; without it when flock cannot start
    throw new Error(`${missing(name)} Installing it failed: ${stderr.trim()}`, { cause })
  }
  return onPath(name)
}

/** What Homebrew calls a program, where that is not its name. */
const brewed: Readonly<Partial<Record<ProgramName, string>>> = {
  'redis-server': 'redis',
  chromium: '--cask chromium',
}

function missing(name: ProgramName): string {
  return (
    `These tests start the program ${name}, and it is not on the path. ` +
    `Install it: "apt-get install ${debianPackage[name]}" as root on Debian and Ubuntu, ` +
    `"brew install ${brewed[name] ?? name}" on macOS.`
  )
}
