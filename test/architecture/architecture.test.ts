import { describe, expect, it } from 'vitest'
import { codeLines, resolved, sourceFiles } from './source.ts'

const files = sourceFiles()
const packageOf = (path: string): string => path.split('/')[1] ?? ''

/** What each package may depend on, besides Node and its peers. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  testing: ['core'],
  http: ['core'],
  redis: ['core'],
  express: ['http', 'core'],
  fetch: ['http', 'core'],
  fastify: ['http', 'core'],
  undici: ['http', 'core'],
  axios: ['http', 'core'],
  faults: ['core'],
  simulator: ['core', 'testing', 'faults'],
  cli: ['core', 'redis', 'simulator'],
}

describe('packages', () => {
  it('depend in one direction', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('@holdfast/'))
        .filter((name) => !allowed[packageOf(path)]?.includes(name.split('/')[1] ?? ''))
        .map((name) => `${path} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('core imports nothing from outside', () => {
    const outside = files.filter(({ path }) => packageOf(path) === 'core').flatMap(({ imports }) => imports)
    expect(outside.filter((name) => !name.startsWith('.'))).toEqual([])
  })
})

describe('files', () => {
  it('form no import cycle, type imports included', () => {
    const graph = new Map(files.map((file) => [file.path, file.imports.map((name) => resolved(file, name))]))
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' > '))
      if (trail.includes(path) || done.has(path)) return
      for (const next of graph.get(path) ?? []) if (next !== undefined) visit(next, [...trail, path])
      done.add(path)
    }
    for (const { path } of files) visit(path, [])
    expect(cycles).toEqual([])
  })

  it('climb at most one folder', () => {
    const climbing = files.flatMap(({ path, imports }) =>
      imports.filter((name) => name.includes('../../')).map((name) => `${path}: ${name}`),
    )
    expect(climbing).toEqual([])
  })

  it('the folders of core, each policy’s and the engine’s, know no other but that for shared state', () => {
    const folder = (path: string): string | undefined => /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1]
    const wrong = files.flatMap((file) =>
      file.imports
        .map((name) => resolved(file, name))
        .filter((target) => target !== undefined && folder(file.path) !== undefined)
        .filter(
          (target) =>
            folder(target as string) !== undefined &&
            folder(target as string) !== 'share' &&
            folder(target as string) !== folder(file.path),
        )
        .map((target) => `${file.path} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('only events, index and presets list the policy folders', () => {
    const listing = files
      .filter(({ path }) => /^packages\/core\/src\/[^/]+$/.test(path))
      .filter(({ imports }) => imports.some((name) => /^\.\/(?!(?:engine|share)\/)[^/]+\//.test(name)))
      .map(({ path }) => path.split('/').at(-1))
    expect(listing).toEqual(['events.ts', 'index.ts', 'presets.ts'])
  })
})

describe('time and chance', () => {
  const withoutComments = files.map(({ path, text }) => ({ path, code: codeLines(text).join('\n') }))
  const naming = (word: RegExp): readonly string[] =>
    withoutComments.filter(({ code }) => word.test(code)).map(({ path }) => path)

  it('only the clocks and the sensors name the machine’s clock and timers', () => {
    const allowedFiles = [
      'packages/core/src/clock.ts',
      // Measures how late the machine's own event loop is.
      'packages/http/src/inbound/load-sensors.ts',
      // Virtual time moves between two turns of the event loop.
      'packages/simulator/src/virtual/simulation-clock.ts',
      'packages/testing/src/virtual-clock.ts',
    ]
    const found = naming(/\b(performance|Date\.now|setTimeout|setInterval|setImmediate|hrtime)\b/)
    expect(found.filter((path) => !allowedFiles.includes(path))).toEqual([])
  })

  it('Math.random appears once, as a default', () => {
    expect(naming(/Math\.random/)).toEqual(['packages/core/src/random.ts'])
  })
})

/** Files that may be longer, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {}

describe('sizes', () => {
  it('no file has more than 200 lines of code', () => {
    const long = files.map(({ path, text }) => `${path}: ${codeLines(text).length}`)
    const tooLong = long.filter((each) => Number(each.split(': ')[1]) > 200)
    expect(tooLong.map((each) => each.split(': ')[0])).toEqual(Object.keys(exceptions))
  })

  it('no function has more than 40 lines', () => {
    expect(files.flatMap(({ path, text }) => longFunctions(text).map((name) => `${path}: ${name}`))).toEqual(
      [],
    )
  })
})

/** Functions and methods by their indentation, which the formatter guarantees. */
function longFunctions(text: string): readonly string[] {
  const lines = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').split('\n')
  const long: string[] = []
  for (const [start, line] of lines.entries()) {
    const head =
      /^( *)(?:export )?(?:async )?(?:function\*? |(?:override |protected |static |get |async |\*)*#?\w+\(|readonly #?\w+ = \()/.exec(
        line,
      )
    if (
      head === null ||
      !line.endsWith('{') ||
      /^\s*(if|for|while|switch|return|expect|it|describe)\b/.test(line)
    )
      continue
    const end = lines.findIndex((other, index) => index > start && other === `${head[1]}}`)
    if (end > 0 && codeLines(lines.slice(start, end + 1).join('\n')).length > 40) long.push(line.trim())
  }
  return long
}
