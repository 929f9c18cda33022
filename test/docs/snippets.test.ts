import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../architecture/source.ts'

interface Snippet {
  readonly name: string
  readonly file: string
  readonly code: string
}

/** Inside the repository, so that the packages resolve as they do for a user. */
const folder = mkdtempSync(join(root, 'test/docs/.snippets-'))
const pages = globSync(['README.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root }).sort()
const snippets = pages.flatMap(snippetsOf)

function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => {
    const name = `${page} block ${index + 1}`
    return { name, file: join(folder, `${name.replaceAll(/\W+/g, '-')}.ts`), code: `${code}\nexport {}\n` }
  })
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

  it('compiles', () => {
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })

  it.each(snippets)('$name runs', ({ file }) => {
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
