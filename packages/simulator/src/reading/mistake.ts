import type * as z from 'zod'
import { ScenarioError } from '../scenario-error.ts'
import { hint } from './known.ts'
import { pathText, valueAt } from './path.ts'

type Issue = z.core.$ZodIssue

/** What was expected, in our words, of whatever has no words of its own. */
export function expected(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'array' ? 'an array' : 'an object'
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`
    case 'invalid_union':
      return Array.isArray(issue.options) ? `one of ${issue.options.join(', ')}` : undefined
    case 'invalid_key':
      return issue.issues[0]?.message
    case 'unrecognized_keys':
      return `unknown; ${hint(issue.keys[0] ?? '', fieldsOf(issue.inst))}`
    default:
      return undefined
  }
}

function fieldsOf(schema: unknown): readonly string[] {
  const shape = valueAt(schema, ['def', 'shape'])
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : []
}

/** Speaks of the first issue that has been found; of a name that is unknown before the one that is missing for it. */
export function mistakeFrom(issues: readonly Issue[], given: unknown): ScenarioError {
  const issue = mostTelling(issues)
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys')
    return new ScenarioError(pathText([...path, issue.keys[0] ?? '']), message)
  const found = issue.code === 'invalid_key' ? path.at(-1) : valueAt(given, path)
  // Of the right shape, so that the shape is nothing to speak of.
  const isRelation = issue.code === 'custom' && typeof found === 'object'
  return new ScenarioError(pathText(path), `expected ${message}${isRelation ? '' : `, ${shown(found)}`}`)
}

function mostTelling(issues: readonly Issue[]): Issue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? (issues[0] as Issue)
  if (issue.code !== 'invalid_union') return issue
  const within = issue.errors
    .map(mostTelling)
    .find(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')
  // What was given is of that kind, so it says more than that it is not of the others.
  return within === undefined ? issue : { ...within, path: [...issue.path, ...within.path] }
}

function shown(value: unknown): string {
  if (value === undefined) return 'but it is missing'
  if (typeof value === 'object' && value !== null)
    return `not ${Array.isArray(value) ? 'an array' : 'an object'}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return `not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}
