import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { scenarioNames } from '../named-scenarios.ts'
import { scenario } from './scenario-shape.ts'

interface Schema {
  description?: string
  maximum?: number
  readonly const?: string
  readonly properties?: Record<string, Schema>
  readonly oneOf?: readonly Schema[]
  readonly definitions?: Readonly<Record<string, Schema>>
}

/** What the doc comments of a file say of each field, by interface, or by kind where that has fields of its own. */
function commentsIn(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  const found = new Map<string, string>()
  let owner = ''
  let comment: string | undefined
  for (const line of text.split('\n')) {
    const name = /^(?:export )?(?:interface|type) (\w+)/.exec(line)?.[1]
    const [, field, kind] = /^ *readonly (\w+)\??: (?:'([a-z-]+)'$)?/.exec(line) ?? []
    owner = name ?? kind ?? owner
    const said = /^ *\/\*\* (.*) \*\/$/.exec(line)?.[1]
    if (field !== undefined && comment !== undefined) found.set(`${owner}.${field}`, comment)
    comment = said
  }
  return found
}

const comments = new Map([...commentsIn('../scenario.ts'), ...commentsIn('../injection.ts')])

/** Those who say it, the nearest first. */
const parents: Readonly<Record<string, readonly string[]>> = {
  Client: ['Client', 'Route'],
  Dependency: ['Dependency', 'Route'],
  Injection: ['Span', 'Moment'],
}

function describe(schema: Schema, owners: readonly string[]): void {
  for (const [field, inner] of Object.entries(schema.properties ?? {})) {
    const description = owners.map((owner) => comments.get(`${owner}.${field}`)).find((each) => each)
    if (description !== undefined) inner.description = description
  }
  for (const variant of schema.oneOf ?? []) {
    const kind = variant.properties?.['kind']?.const
    describe(variant, kind === undefined ? owners : [kind, ...owners])
  }
}

// After a change that is meant: `vitest run packages/simulator/src/reading/json-schema.test.ts -u`.
it('the schema for editors says what is read, and what each field is for', async () => {
  const whole = z.toJSONSchema(scenario, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  }) as Schema
  for (const [name, schema] of Object.entries(whole.definitions ?? {}))
    describe(schema, parents[name] ?? [name])
  Object.assign(whole.definitions?.['Scenario']?.properties ?? {}, { $schema: { type: 'string' } })
  await expect(`${JSON.stringify(whole, null, 2)}\n`).toMatchFileSnapshot('../../scenario.schema.json')
})

it('by that schema every scenario that comes with the package is right, and one with a mistake is not', () => {
  const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
  const editor = z.fromJSONSchema(read('../../scenario.schema.json') as z.core.JSONSchema.JSONSchema)
  for (const name of scenarioNames()) {
    const file = read(`../../scenarios/${name}.json`) as object
    expect(editor.safeParse(file).error).toBeUndefined()
    expect(editor.safeParse({ ...file, durationMs: 'long' }).success).toBe(false)
  }
})
