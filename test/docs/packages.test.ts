import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { pages, textOf } from './pages.ts'

interface Manifest {
  readonly knip: {
    readonly workspaces: { readonly test: { readonly ignoreDependencies?: readonly string[] } }
  }
}

it('what knip leaves to the code in the documentation is used there', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const { ignoreDependencies = [] } = manifest.knip.workspaces.test
  const left = ignoreDependencies.map((name) => name.replace('@types/', ''))
  const imported = pages.flatMap((page) =>
    [...textOf(page).matchAll(/^import .* from '([^']+)'$/gm)].map(([, name]) => name),
  )
  expect(left.filter((name) => !imported.includes(name))).toEqual([])
})
