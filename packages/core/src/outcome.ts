/** How an operation ended: with a value or with an error (any value may be thrown, so look for the key). */
export type Outcome<Value = unknown> = { readonly value: Value } | { readonly error: unknown }

/**
 * How a call ended for a guard. `cancelled`: it was cut short for reasons that say nothing about the operation.
 * `unstarted`: a refusal or a cancellation came before the operation began, so what was taken is given back.
 */
export type Ending = Outcome | 'cancelled' | 'unstarted'

export function isError(outcome: Outcome): outcome is { readonly error: unknown } {
  return 'error' in outcome
}

/** Whether it ends later, like a promise. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}
