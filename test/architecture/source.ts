import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
  /** What it imports, as written; type imports included. */
  readonly imports: readonly string[]
}

/** The packages' own source, without tests. */
export function sourceFiles(): readonly SourceFile[] {
  return globSync('packages/*/src/**/*.ts', { cwd: root })
    .filter((path) => !/\.(test|arbitrary)\.ts$/.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const imports = [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name = '']) => name)
      return { path, text, imports }
    })
}

/** The file that a relative import means. */
export function resolved({ path }: SourceFile, name: string): string | undefined {
  return name.startsWith('.') ? normalize(join(dirname(path), name)) : undefined
}

/** Without blank lines and comments. */
export function codeLines(text: string): readonly string[] {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\/\/.*/, '').trim())
    .filter((line) => line !== '')
}
