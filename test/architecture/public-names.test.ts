import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './source.ts'

it('public names change only on purpose', async () => {
  const entries = globSync('packages/*/src/{index,arbitraries,options,protocol,real/play-real}.ts', {
    cwd: root,
  }).sort()
  const names = entries.map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) =>
      list.split(','),
    )
    const own = [...text.matchAll(/export (?:const|(?:async )?function|class|interface|type) (\w+)/g)].map(
      ([, name = '']) => name,
    )
    const all = [...lists.map((name) => name.trim()).filter((name) => name !== ''), ...own]
    return `${path}\n${all
      .sort()
      .map((name) => `  ${name}\n`)
      .join('')}`
  })
  await expect(names.join('')).toMatchFileSnapshot('public-names.txt')
})
