import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { pages, textOf } from './pages.ts'

interface Snippet {
  readonly name: string
  readonly file: string
  readonly code: string
}

interface Ended {
  readonly status: number | string | null | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Inside the repository, so that the packages resolve as they do for a user. */
const folder = mkdtempSync(join(root, 'test/docs/.snippets-'))
const snippets = pages.flatMap(snippetsOf)

function snippetsOf(page: string): readonly Snippet[] {
  return [...textOf(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => {
    const name = `${page} block ${index + 1}`
    return { name, file: join(folder, `${name.replaceAll(/\W+/g, '-')}.ts`), code: `${code}\nexport {}\n` }
  })
}

function run(program: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

/** What the comments beside its `console.log` lines say that it prints. */
function promised(code: string): readonly string[] {
  return [...code.matchAll(/^.*console\.log\(.*$/gm)].map(([line]) => line.split(') // ')[1] ?? 'a comment')
}

beforeAll(() => {
  for (const { file, code } of snippets) writeFileSync(file, code)
  const config = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('code in the documentation', () => {
  it('is there', () => expect(snippets.length).toBeGreaterThan(10))

  it('compiles', async () => {
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), '-p', folder)
    expect(stdout).toBe('')
  })

  it.concurrent.each(snippets)('$name runs, and prints what its comments say', async ({ file, code }) => {
    const { status, stdout, stderr } = await run(process.execPath, file)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const comments = promised(code)
    if (comments.length === 0) return
    const printed = stdout.trimEnd().split('\n')
    expect(printed).toHaveLength(comments.length)
    const matching = printed.map((line, index) =>
      comments[index]?.startsWith(line) === true ? comments[index] : line,
    )
    expect(matching).toEqual(comments)
  })
})
