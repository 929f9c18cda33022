import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Node } from './nodes.ts'
import type { Suite } from './suites.ts'

export interface Result {
  readonly passed: number
  readonly failed: number
  /** What went wrong, one entry a test or the run as a whole. */
  readonly complaints: readonly string[]
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const longestMs = 600_000

export async function versionOf({ path }: Node): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['--version'])
  return stdout.trim()
}

/** Runs a suite on a Node; vitest's workers are processes of the same Node. */
export async function run(suite: Suite, node: Node): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-matrix-'))
  const file = join(folder, 'results.json')
  const projects = ['unit', 'property', 'system'].flatMap((project) => ['--project', project])
  const args = ['run', ...projects, '--reporter', 'json', '--outputFile', file, ...suite.files]
  const child = spawn(node.path, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: longestMs,
  })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const [code, signal] = await once(child, 'close')
  try {
    return resultOf(JSON.parse(readFileSync(file, 'utf8'))) // as vitest wrote it
  } catch {
    const end = signal === null ? `ended with ${String(code)}` : `was ended by ${String(signal)}`
    return { passed: 0, failed: 1, complaints: [`the run ${end} and left no results:\n${said}`] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function resultOf({ numPassedTests, numFailedTests, success, testResults }: Report): Result {
  const complaints = testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    const each = failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`)
    return message === '' ? each : [`${name}\n${message}`, ...each]
  })
  // A file that cannot be loaded has no tests that fail.
  return { passed: numPassedTests, failed: success ? 0 : Math.max(1, numFailedTests), complaints }
}
