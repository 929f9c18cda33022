import { standard } from '@holdfast/core'
import { ScenarioError } from '../scenario-error.ts'
import { pathText, stepsOf } from './path.ts'
import type { Step } from './path.ts'

/** A copy of `given` in which `value` stands at `path`. What lies on the way to it is made where it is missing. */
export function withValue(given: unknown, path: string, value: unknown): unknown {
  const steps = stepsOf(path)
  if (steps === undefined)
    throw new ScenarioError(path, 'expected a path such as clients.web.pipeline[1].attempts')
  return replaced(given, steps, 0, value)
}

function replaced(given: unknown, steps: readonly Step[], done: number, value: unknown): unknown {
  const step = steps[done]
  if (step === undefined) return value
  if (typeof step === 'string') {
    const members = membersOf(given, pathText(steps.slice(0, done)))
    return { ...members, [step]: replaced(members[step], steps, done + 1, value) }
  }
  const items = itemsOf(given, step, pathText(steps.slice(0, done)))
  return Array.from({ length: Math.max(items.length, step + 1) }, (_, place) =>
    place === step ? replaced(items[place], steps, done + 1, value) : items[place],
  )
}

function membersOf(given: unknown, path: string): Readonly<Record<string, unknown>> {
  if (given === undefined) return {}
  // Only its own members are looked at.
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
  throw new ScenarioError(path, 'expected an object, whose member can be set')
}

function itemsOf(given: unknown, place: number, path: string): readonly unknown[] {
  const items: unknown = given === 'standard' ? standard : (given ?? [])
  if (!Array.isArray(items)) throw new ScenarioError(path, 'expected an array, whose item can be set')
  if (place <= items.length) return items
  throw new ScenarioError(`${path}[${place}]`, `expected a place from 0 to ${items.length}`)
}
