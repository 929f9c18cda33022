import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as cockatiel from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { codesIn, rowsUnder, sources, textOf } from './pages.ts'

const fromOpossum = textOf('docs/migrating-from-opossum.md')
const fromCockatiel = textOf('docs/migrating-from-cockatiel.md')

/** All that the files of a peer say, by what `pattern` finds in them. */
function saidBy(peer: string, files: string, pattern: RegExp): readonly string[] {
  const folder = join(root, 'test/node_modules', peer)
  const texts = globSync(files, { cwd: folder }).map((path) => readFileSync(join(folder, path), 'utf8'))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name)))]
}

/** What the first column of the tables under these headings names. */
function named(text: string, ...headings: readonly string[]): ReadonlySet<string> {
  const cells = headings.flatMap((heading) => rowsUnder(text, heading).map(([first = '']) => first))
  return new Set(cells.flatMap(codesIn).flatMap((code) => code.match(/\w+/g) ?? []))
}

function missing(names: readonly string[], from: ReadonlySet<string>): readonly string[] {
  expect(names.length).toBeGreaterThan(0)
  return names.filter((name) => !from.has(name))
}

describe('the page for users of opossum', () => {
  it('has a counterpart, or none, for each of its options', () => {
    const options = saidBy('opossum', 'lib/circuit.js', /@param \{[^}]*\}+ options\.(\w+)/g)
    expect(missing(options, named(fromOpossum, 'opossum'))).toEqual([])
  })

  it('has one for each of its events', () => {
    const events = saidBy('opossum', 'lib/*.js', /\.emit\('(\w+)'/g)
    expect(missing(events, named(fromOpossum, 'opossum'))).toEqual([])
  })

  it('has one for each code of its errors', () => {
    const codes = saidBy('opossum', 'lib/circuit.js', /'(E[A-Z]{5,})'/g)
    expect(missing(codes, named(fromOpossum, "opossum's `code`"))).toEqual([])
  })
})

describe('the page for users of cockatiel', () => {
  it('has a counterpart, or none, for all that one imports', () => {
    const types = /^(\w*Policy|Event|EventEmitter|CircuitState)$/
    const names = Object.keys(cockatiel).filter((name) => !types.test(name))
    const functions = ['bulkhead', 'circuitBreaker', 'fallback', 'retry', 'timeout']
    const counterparts = named(fromCockatiel, 'cockatiel')
    expect(missing(names, new Set([...counterparts, ...functions]))).toEqual([])
  })

  it('has one for each of its options', () => {
    const lists = saidBy(
      'cockatiel',
      'dist/**/*.d.ts',
      /interface I(?!Base)\w*Options(?:<\w+>)? \{([\s\S]*?)^\}/gm,
    )
    const options = lists.flatMap((list) =>
      [...list.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = '']) => name),
    )
    expect(missing(options, named(fromCockatiel, 'cockatiel'))).toEqual([])
  })

  it('has one for each of its events', () => {
    const events = saidBy(
      'cockatiel',
      'dist/*.d.ts',
      /(?:get|readonly) (on\w+)(?<!Emitter)(?:: import|: Event|\(\))/g,
    )
    expect(missing(events, named(fromCockatiel, 'cockatiel'))).toEqual([])
  })
})

it.each(Object.entries({ fromOpossum, fromCockatiel }))(
  'what is named as ours in %s is in the packages',
  (_name, text) => {
    const headings = ['opossum', "opossum's `code`", 'cockatiel']
    const ours = headings.flatMap((heading) => rowsUnder(text, heading).map((cells) => cells.at(-1) ?? ''))
    const words = ours
      .flatMap(codesIn)
      .flatMap((code) => code.match(/[a-z]+[A-Z]\w*|[A-Z]+_\w+|[a-z-]+\.[a-z-]+/g) ?? [])
    const all = sources.join('\n')
    expect(words.length).toBeGreaterThan(20)
    expect(words.filter((word) => !all.includes(word.replace(/^(?:call|breaker|pipeline)\./, '')))).toEqual(
      [],
    )
  },
)
