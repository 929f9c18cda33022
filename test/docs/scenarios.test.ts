import { readScenario, ScenarioError, scenarioNames } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import { whole } from '../../packages/simulator/src/reading/scenario.arbitrary.ts'
import { codesIn, rowsUnder, textOf } from './pages.ts'

const text = textOf('docs/scenarios.md')
const { injections } = whole as { readonly injections: readonly { readonly kind: string }[] }
const routeFields = ['to', 'routing', 'pipeline']
const spanFields = ['kind', 'id', 'fromMs', 'toMs', 'flapping']

/** What the reader says is wrong where something else stands in a place; empty where nothing is. */
function complaint(path: string, value: unknown): string {
  try {
    readScenario(whole, { set: { [path]: value } })
    return ''
  } catch (error) {
    return error instanceof ScenarioError && error.path === path ? error.message.slice(path.length + 2) : ''
  }
}

function fieldsAt(path: string): readonly string[] {
  return (complaint(join(path, 'unheardOf'), 1).split('known are ')[1] ?? '').split(', ')
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}

/** Of a field: what it must be, in the reader's words, and whether it must be there. */
function demandOf(path: string): readonly [demand: string, isRequired: boolean] {
  const demand = /^expected (.*), not Symbol/.exec(complaint(path, Symbol('odd')))?.[1] ?? 'nothing'
  return [demand, complaint(path, undefined).endsWith('but it is missing')]
}

describe('the tables of docs/scenarios.md', () => {
  it.each([
    ['scenario', '', []],
    ['service', 'services.shop', []],
    ['queue', 'services.shop.queue', []],
    ['cold', 'services.shop.cold', []],
    ['dependency', 'services.shop.calls[0]', routeFields],
    ['client', 'clients.web', []],
    ['open load', 'clients.web.load', []],
    ['step', 'clients.web.load.perSecond[0]', []],
    ['closed load', 'clients.worker.load', []],
    ['keys', 'clients.web.keys', []],
    ['cache', 'clients.web.cache', []],
    ['network', 'network', []],
    ['injection', 'injections[0]', ['target']],
  ])('say of a %s what is read, what each must be, and which are required', (heading, path, elsewhere) => {
    const known = fieldsAt(path)
      .filter((field) => !elsewhere.includes(field))
      .map((field) => [field, ...demandOf(join(path, field))])
    const written = rowsUnder(text, heading).map(([field = '', standard, demand]) => [
      codesIn(field)[0],
      demand,
      standard === 'required',
    ])
    expect(written).toEqual(known)
  })

  it('list every kind of injection with the fields of its own', () => {
    const known = injections.map(({ kind }, place) => {
      const own = fieldsAt(`injections[${place}]`).filter((field) => !spanFields.includes(field))
      return `${kind}: ${own.join(', ')}`
    })
    const written = rowsUnder(text, 'kind').map(
      ([kind = '', fields = '']) => `${codesIn(kind)[0]}: ${codesIn(fields).join(', ')}`,
    )
    expect(written).toEqual(known)
  })

  it('list every scenario that comes with the package', () => {
    const written = rowsUnder(text, 'name').map(([name = '']) => codesIn(name)[0])
    expect(written.toSorted()).toEqual(scenarioNames())
  })
})

it('the file that the page shows is read', () => {
  const [, file = ''] = /```json\n([^`]*)```/.exec(text) ?? []
  expect(readScenario(file).name).toBe('outage')
})
