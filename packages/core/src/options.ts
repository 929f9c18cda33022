/**
 * How options are checked, for who makes parts and adapters: one rule an option, and errors that name the option, what
 * it must be and what it is.
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
export type { Rule } from './check.ts'
