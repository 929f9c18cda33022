import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../architecture/source.ts'

const places = ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/README.md']
/** Every page that a user reads, from the repository's root. */
export const pages: readonly string[] = globSync(places, { cwd: root }).sort()

export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The rows of all tables whose first heading is `heading`, cell by cell. */
export function rowsUnder(text: string, heading: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let inside = false
  for (const line of text.split('\n')) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined
    if (cells === undefined) inside = false
    else if (cells[0] === heading) inside = true
    else if (inside && !/^-+$/.test(cells[0] ?? '')) rows.push([...cells])
  }
  return rows
}

function cellsOf(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
}

/** What stands between backticks in a cell. */
export function codesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** What the packages are made of, without their tests. */
export const sources: readonly string[] = globSync('packages/*/src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(join(root, path), 'utf8'))
