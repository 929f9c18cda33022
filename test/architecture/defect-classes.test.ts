import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mistakesIn } from '../mutants/faults.ts'
import { planted } from '../mutants/planted.ts'
import { root } from './source.ts'

/** The ways in which libraries of this kind have failed, D1 to D27, each a law that none of ours may break. */
const classes = Array.from({ length: 27 }, (_, index) => `D${index + 1}`)

const properties = globSync('packages/*/src/**/*.properties.test.ts', { cwd: root })
const titles = properties.flatMap((path) =>
  [
    ...readFileSync(join(root, path), 'utf8').matchAll(/(?:describe|it|test)(?:\.each\(.*\))?\('([^']*)'/g),
  ].map(([, title = '']) => title),
)

const named = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(texts.flatMap((text) => text.match(/\bD\d+\b/g) ?? []))

describe('every defect class', () => {
  it('is a property somewhere', () => {
    const found = named(titles)
    expect(classes.filter((each) => !found.has(each))).toEqual([])
  })

  it('has a planted fault, which the tests must find', () => {
    const found = named(planted.map(({ fault }) => fault))
    expect(classes.filter((each) => !found.has(each))).toEqual([])
  })
})

it('planted faults stand where the source is now, and try every property', () => {
  expect(mistakesIn(root)).toEqual([])
})
