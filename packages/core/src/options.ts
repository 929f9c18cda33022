/**
 * How options are checked, for who makes parts and adapters: one rule an option, and errors that name the option, what
 * it must be and what it is. Options that are functions are asked so that what they throw harms nobody.
 */
export {
  callable,
  checkOptions,
  durationMs,
  either,
  flag,
  guardRules,
  integer,
  number,
  object,
  oneOf,
  ratio,
  required,
  text,
} from './check.ts'
export { ask } from './hook.ts'
export type { Rule } from './check.ts'
