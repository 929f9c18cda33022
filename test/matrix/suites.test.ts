import { globSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { suites } from './suites.ts'

const tests = globSync(['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })

it('every suite of the matrix names tests that are there', () => {
  const named = suites.flatMap(({ files }) => files)
  expect(named.filter((part) => !tests.some((path) => path.includes(part)))).toEqual([])
})
