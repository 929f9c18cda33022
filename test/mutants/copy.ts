import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A test by its file and full name, and whether it passed. */
export interface Result {
  readonly file: string
  readonly test: string
  readonly passed: boolean
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const left = new Set(['.git', 'node_modules', 'dist', 'reports', '.stryker-tmp'])
const limitMs = 120_000

/** A copy of the repository, for changes that must not reach it. What is installed is shared. */
export class Copy {
  readonly root: string

  constructor(of: string) {
    this.root = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'))
    for (const name of readdirSync(of).filter((each) => !left.has(each))) {
      // Links between packages are relative, so they lead to the copy's own.
      cpSync(join(of, name), join(this.root, name), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => basename(path) !== 'dist',
      })
    }
    this.#install(join(of, 'node_modules'), join(this.root, 'node_modules'))
  }

  #install(from: string, to: string): void {
    mkdirSync(to)
    cpSync(join(from, '@holdfast'), join(to, '@holdfast'), { recursive: true, verbatimSymlinks: true })
    for (const name of readdirSync(from)) {
      if (name !== '@holdfast' && !name.startsWith('.vite')) symlinkSync(join(from, name), join(to, name))
    }
  }

  /** What each test came to; nothing where the run did not end by itself in time. */
  async test(files: readonly string[], stop: AbortSignal): Promise<readonly Result[]> {
    const output = join(this.root, 'results.json')
    rmSync(output, { force: true })
    await this.#vitest(['--reporter', 'json', '--outputFile', output, ...files], stop)
    return resultsIn(output, this.root)
  }

  #vitest(args: readonly string[], stop: AbortSignal): Promise<void> {
    const program = join(this.root, 'node_modules/vitest/vitest.mjs')
    return new Promise((resolve) => {
      spawn(process.execPath, [program, 'run', '--config', 'test/mutants/vitest.config.ts', ...args], {
        cwd: this.root,
        stdio: 'ignore',
        timeout: limitMs,
        killSignal: 'SIGKILL',
        signal: stop,
      })
        .on('error', () => resolve())
        .on('close', () => resolve())
    })
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

function resultsIn(output: string, root: string): readonly Result[] {
  let report: Report
  try {
    report = JSON.parse(readFileSync(output, 'utf8'))
  } catch {
    return []
  }
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({
      file: name.slice(root.length + 1),
      test: fullName,
      passed: status === 'passed',
    })),
  )
}
